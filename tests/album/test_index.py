import csv
from dataclasses import replace

import pytest

from aip.album.index import Instance, check_protocol, read_index, write_index
from aip.errors import BadInput

GOOD = [
    Instance("s", "1", -3, 4, 50, 60, "Ada", "val", 0),
    Instance("s", "1", 90, 4, 50, 60, "Zoë, the “first”", "val", 1),
    Instance("s", "2", 0, 0, 5, 6, "Ada", "val", 1),
    Instance("s", "3", 0, 0, 5, 6, "Zoë, the “first”", "val", 0),
    Instance("t", "1", 0, 0, 5, 6, "Eve", "train", None),
    Instance("t", "2", 0, 0, 5, 6, "Mallory", "train", None),
]


def test_an_index_comes_back(tmp_path):
    path = tmp_path / "index.csv"
    write_index(path, GOOD)
    assert read_index(path) == GOOD
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "photoset,photo,xmin,ymin,width,height,identity,subset,split"
    assert lines[1] == "s,1,-3,4,50,60,Ada,val,0"
    assert lines[5] == "t,1,0,0,5,6,Eve,train,"


@pytest.mark.parametrize("name", ["=1+1", "-1", "@x", "'=1", "'Ada"])
def test_a_name_is_no_formula_to_a_spreadsheet(tmp_path, name):
    path = tmp_path / "index.csv"
    album = [replace(instance, photo=name) for instance in GOOD]
    write_index(path, album)
    assert read_index(path) == album
    with path.open(newline="") as file:
        assert {line["photo"] for line in csv.DictReader(file)} == {f"'{name}"}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("s,1,3,4,50,60,Ada,val", "expected 9 fields, found 8"),
        ("s,1,3,4,50,60,Ada,val,0,", "expected 9 fields, found 10"),
        ("", "expected 9 fields, found 0"),
        ("s,1,3,4,50.5,60,Ada,val,0", "four integers, found '3,4,50.5,60'"),
        ("s,1,x,4,50,60,Ada,val,0", "four integers"),
        ("s,1,1_0,4,50,60,Ada,val,0", "four integers, found '1_0,4,50,60'"),
        ("s,1,٣,4,50,60,Ada,val,0", "four integers"),
        ("s,1,3,4,50,9999999999,Ada,val,0", "four integers"),
        ('s,"a\rb",3,4,50,60,Ada,val,0', r"a line break within a name: 's,a\rb"),
        ("s,1,3,4,0,60,Ada,val,0", "no area: width 0, height 60"),
        ("s,1,3,4,50,-6,Ada,val,0", "no area: width 50, height -6"),
        ("s,1,3,4,50,60,Ada,valid,0", "unknown subset 'valid'; expected one of train, val, test"),
        ("s,1,3,4,50,60,Ada,val,2", "split of a val head must be '0' or '1', found '2'"),
        ("s,1,3,4,50,60,Ada,test,", "split of a test head must be '0' or '1', found ''"),
        ("s,1,3,4,50,60,Ada,train,0", "split of a train head must be '', found '0'"),
        ("s,1,3,4,50,60,,val,0", "identity is empty"),
    ],
)
def test_a_malformed_line_is_named(tmp_path, line, found):
    path = tmp_path / "index.csv"
    write_index(path, GOOD)
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[3] = line
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        read_index(path)
    assert str(caught.value).startswith(f"{path}, line 4: ")
    assert found in str(caught.value)


@pytest.mark.parametrize(
    "content", [b"", b"photoset,photo\n", b"\xff\xfe\x00nonsense", b'"' + b"a" * 200_000]
)
def test_a_file_that_is_no_index_is_named(tmp_path, content):
    path = tmp_path / "index.csv"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"index\.csv"):
        read_index(path)


def test_a_missing_index_is_named(tmp_path):
    with pytest.raises(BadInput, match=r"index\.csv"):
        read_index(tmp_path / "index.csv")


def heads(identity: str, subset: str, *splits: int | None) -> list[Instance]:
    return [Instance("s", "1", 0, 0, 5, 5, identity, subset, split) for split in splits]


TAUGHT = heads("Eve", "train", None) + heads("Mallory", "train", None)
RECOGNISED = heads("Ada", "val", 0, 1) + heads("Zoë", "val", 0, 1)


def test_two_identities_of_each_are_enough(tmp_path):
    check_protocol(tmp_path, TAUGHT + RECOGNISED)


@pytest.mark.parametrize(("there", "not_there"), [(0, 1), (1, 0)])
def test_an_identity_in_one_split_only_is_named_with_its_line(tmp_path, there, not_there):
    with pytest.raises(BadInput) as caught:
        check_protocol(tmp_path, TAUGHT + heads("Bob", "val", there, there) + RECOGNISED)
    message = str(caught.value)
    assert "line 4: identity Bob has 2 heads" in message
    assert f"in split {there} and none in split {not_there}" in message


@pytest.mark.parametrize("subset", ["val", "test"])
def test_an_identity_both_taught_and_recognised_is_named(tmp_path, subset):
    with pytest.raises(BadInput, match=f"{tmp_path}: identity Eve is in train and also"):
        check_protocol(tmp_path, TAUGHT + RECOGNISED + heads("Eve", subset, 0, 1))


@pytest.mark.parametrize(
    ("album", "found"),
    [
        (TAUGHT + RECOGNISED[:2], "found 1 identities to recognise, in val and test"),
        ([], "found 0 identities to recognise, in val and test"),
    ],
)
def test_fewer_than_two_identities_are_refused(tmp_path, album, found):
    with pytest.raises(BadInput, match=found):
        check_protocol(tmp_path, album)
