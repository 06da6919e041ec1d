import pytest

from aip.download.gone import Gone
from aip.errors import BadInput

REASONS = {"30": "deleted", "4": 'no longer "public", they say', "200": "wäre zu groß"}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "gone.csv"
    gone = Gone(path)
    for photo, reason in REASONS.items():
        gone.add(photo, reason)
    return path


def test_what_was_added_is_read_again(path):
    assert Gone(path).reasons == REASONS
    assert path.read_text().startswith("photo,reason\n30,deleted\n")


def test_a_kill_at_any_byte_loses_the_last_line_at_most_and_spoils_nothing(path):
    content = path.read_bytes()
    for kept in range(len(content) + 1):
        path.write_bytes(content[:kept])
        lines = max(content[:kept].count(b"\n") - 1, 0)
        gone = Gone(path)
        assert list(gone.reasons.items()) == list(REASONS.items())[:lines]
        gone.add("77", "new")
        assert Gone(path).reasons == {**gone.reasons, "77": "new"}
        assert path.read_bytes().startswith(b"photo,reason\n")


def test_a_reason_of_several_lines_takes_one(path):
    Gone(path).add("5", "one\n two\r\nthree")
    assert Gone(path).reasons["5"] == "one two three"
    assert len(path.read_text().splitlines()) == 5


def test_sorting_forgets_the_order_in_which_they_were_found(path):
    gone = Gone(path)
    gone.sort()
    assert Gone(path).reasons == REASONS
    sorted_ = path.read_bytes()
    path.unlink()
    other = Gone(path)
    for photo in reversed(REASONS):
        other.add(photo, REASONS[photo])
    assert path.read_bytes() != sorted_
    other.sort()
    assert path.read_bytes() == sorted_


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"photo,why\n", "line 1: expected the header photo,reason"),
        (b"photo,reason\n1,a\n2\n3,c\n", "line 3: expected a photo and a reason, found '2'"),
        (b"photo,reason\n1,a,b\n", "line 2"),
        (b"photo,reason\n\xff,b\n", "cannot be read"),
        (b'photo,reason\n1,"a, b\n', "cannot be read: unexpected end of data"),
    ],
)
def test_a_file_that_was_spoilt_is_named(path, content, found):
    path.write_bytes(content)
    with pytest.raises(BadInput, match=rf"gone\.csv.*{found}"):
        Gone(path)
