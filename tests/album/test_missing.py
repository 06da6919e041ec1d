import pytest

from aip.album.index import Instance
from aip.album.missing import (
    MISSING_HEADER,
    Missing,
    counts,
    leave,
    read_missing,
    write_missing,
)
from aip.errors import BadInput


def head(photo: str, identity: str, subset: str, split: int | None) -> Instance:
    return Instance("s", photo, 1, 2, 30, 40, identity, subset, split)


ALBUM = [
    head("t1", "Tom", "train", None),
    head("t2", "Tom", "train", None),
    head("t2", "Tim", "train", None),
    head("v1", "Ada", "val", 0),
    head("v2", "Ada", "val", 0),
    head("v3", "Ada", "val", 1),
    head("v3", "Eve", "val", 1),
    head("v4", "Eve", "val", 1),
    head("v5", "Eve", "val", 0),
]


def test_without_anything_gone_all_stay():
    assert leave(ALBUM, {}) == (ALBUM, [])


def test_what_is_gone_leaves_and_the_others_keep_their_order():
    gone = {ALBUM[0]: "deleted", ALBUM[4]: "private", ALBUM[7]: "deleted"}
    kept, missing = leave(ALBUM, gone)
    assert kept == [i for i in ALBUM if i not in gone]
    assert missing == [Missing(i, gone[i]) for i in ALBUM if i in gone]


@pytest.mark.parametrize(("gone", "split"), [((8,), 0), ((6, 7), 1)])
def test_an_identity_without_a_head_in_one_split_leaves_with_all_its_heads(gone, split):
    kept, missing = leave(ALBUM, {ALBUM[n]: "deleted" for n in gone})
    assert kept == ALBUM[:6]
    reasons = {entry.instance: entry.reason for entry in missing}
    assert list(reasons) == ALBUM[6:]
    for number in (6, 7, 8):
        expected = (
            "deleted" if number in gone else f"its identity has no head left in split {split}"
        )
        assert reasons[ALBUM[number]] == expected


def test_an_identity_that_is_gone_altogether_is_named_by_what_it_lost():
    _, missing = leave(ALBUM, dict.fromkeys(ALBUM[6:], "deleted"))
    assert {entry.reason for entry in missing} == {"deleted"}


def test_a_train_identity_may_lose_all():
    kept, missing = leave(ALBUM, {ALBUM[2]: "deleted"})
    assert "Tim" not in {i.identity for i in kept}
    assert [entry.instance for entry in missing] == [ALBUM[2]]


def test_photos_and_identities_count_when_nothing_of_them_is_left():
    def found(*gone: int) -> dict[str, int]:
        return counts(*leave(ALBUM, {ALBUM[n]: "deleted" for n in gone}))

    assert found() == {"photos": 0, "heads": 0, "identities": 0}
    assert found(2) == {"photos": 0, "heads": 1, "identities": 1}  # Tom is in that photo too
    assert found(0, 1, 2) == {"photos": 2, "heads": 3, "identities": 2}
    assert found(8) == {"photos": 2, "heads": 3, "identities": 1}  # Ada is in v3 too


def test_what_left_is_read_as_it_was_written(tmp_path):
    odd = Instance("@s", "=a,b", -50, 3, 20, 5, 'Zoë "Z"', "test", 1)
    missing = [Missing(ALBUM[0], "deleted, or private"), Missing(odd, "no area")]
    write_missing(tmp_path / "missing.csv", missing)
    assert read_missing(tmp_path / "missing.csv") == missing
    lines = (tmp_path / "missing.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == ("photoset,photo,xmin,ymin,width,height,identity,subset,split,reason")
    assert lines[1] == 's,t1,1,2,30,40,Tom,train,,"deleted, or private"'
    assert lines[2] == """'@s,"'=a,b",-50,3,20,5,"Zoë ""Z""\",test,1,no area"""


def test_the_header_is_there_where_nothing_is_missing(tmp_path):
    write_missing(tmp_path / "missing.csv", [])
    assert (tmp_path / "missing.csv").read_text() == ",".join(MISSING_HEADER) + "\n"
    assert read_missing(tmp_path / "missing.csv") == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, r"missing\.csv: the heads that the album lacks cannot be read"),
        ("photo,reason\n", "line 1: expected the header photoset,"),
        ("{}\ns,p,1,2,3,4,Ada,val,0\n", "line 2: expected 10 fields, .* found 's,p,1,2,3,4,Ada"),
        ("{}\ns,p,1,2,3,x,Ada,val,0,why\n", "line 2: expected 10 fields, the box four integers"),
        ("{}\ns,p,1,2,3,4,Ada,val,x,why\n", "line 2: expected"),
    ],
)
def test_a_file_that_does_not_fit_is_named(tmp_path, text, reason):
    path = tmp_path / "missing.csv"
    if text is not None:
        path.write_text(text.format(",".join(MISSING_HEADER)))
    with pytest.raises(BadInput, match=reason):
        read_missing(path)
