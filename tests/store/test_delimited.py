import os

import pytest

from aip.errors import BadInput
from aip.store.delimited import read_delimited

TABLE = [("user", "proc", "Zoë"), ("none", "80.5", "70.5"), ("gaman", "10.5", "20.5")]
TEXT = "".join(",".join(row) + "\n" for row in TABLE)


@pytest.fixture
def read(tmp_path):
    def read(content):
        path = tmp_path / "table.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_delimited(path, "the table")

    return read


def cells(delimited):
    return [line.cells for line in delimited.lines]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
def test_encodings(read, encoding):
    assert cells(read(TEXT.encode(encoding))) == TABLE


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n\n", "\n,,\n", "\n \t\n"])
def test_ends_of_lines_and_blank_lines(read, end):
    assert cells(read(TEXT.replace("\n", end))) == TABLE


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("first", ["", "sep={}\r\n", "sep={}{}{}\n"])
def test_separators(read, separator, first):
    text = first.replace("{}", separator) + TEXT.replace(",", separator)
    found = read(text)
    assert cells(found) == TABLE
    assert found.separator == separator
    assert [line.number for line in found.lines] == [1 + bool(first) + i for i in range(3)]


def test_empty_columns_behind_the_last_are_dropped(read):
    assert cells(read(TEXT.replace("\n", ",,\n"))) == TABLE
    assert cells(read("a,b,\n1,,3\n")) == [("a", "b", ""), ("1", "", "3")]


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("user;proc\nnone;80,5\n", ";"),
        ("user;proc;blur\nnone;80,5;70,5\n", ";"),
        ("80,5;70,5\n60,5;50,5\n", ";"),
        ('user,"a;b"\nnone,5\n', ","),
        ("user\tproc\nnone\t80,5\n", "\t"),
        ("user,proc\nnone,1,2\n", ","),
    ],
)
def test_commas_in_numbers_do_not_separate(read, text, separator):
    assert read(text).separator == separator


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "8.05e+01 7.05e+01\n1.05e+01 2.05e+01\n",
            [("8.05e+01", "7.05e+01"), ("1.05e+01", "2.05e+01")],
        ),
        (' a  "b c" \n1   2\n', [("a", "b c"), ("1", "2")]),
        ("a photo\nanother one or two\n", [("a photo",), ("another one or two",)]),
    ],
)
def test_spaces_separate_where_nothing_else_does(read, text, found):
    assert cells(read(text)) == found


def test_comments_before_the_table_are_left_out(read):
    found = read("# of numpy\n# two lines\n" + TEXT + "# gaman,1,2\n")
    assert cells(found) == [*TABLE, ("# gaman", "1", "2")]
    assert [line.number for line in found.lines] == [3, 4, 5, 6]
    assert cells(read("#,proc\n1,2\n")) == [("#", "proc"), ("1", "2")]


def test_quoted_text_may_have_separators_and_line_breaks(read):
    found = read('"a,\nb",c\n1,2\n')
    assert cells(found) == [("a,\nb", "c"), ("1", "2")]
    assert [line.number for line in found.lines] == [2, 3]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0", "the table is no text; expected UTF-8, UTF-16 or"),
        (b"\xff\xfea", "the table is no text"),
        ('a,b\n"c,d\n', "the table cannot be read: line 2: unexpected end of data"),
    ],
)
def test_what_is_no_table(read, content, sentence):
    with pytest.raises(BadInput, match=sentence):
        read(content)


def test_pipes_folders_and_large_files_are_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "large").open("wb") as file:
        file.truncate(2**40)
    for name, sentence in {
        "pipe": "found no plain file, expected the table",
        "large": "the table has 1,099,511,627,776 bytes, expected at most 268,435,456",
        ".": "found a folder, expected the table",
        "none": "the table cannot be read: No such file or directory",
        "\0": "the table cannot be read: embedded null byte",
    }.items():
        with pytest.raises(BadInput, match=sentence):
            read_delimited(tmp_path / name, "the table")
