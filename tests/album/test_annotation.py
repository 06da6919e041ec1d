import os
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from aip.album.annotation import SPLITS, Annotation, clipped
from aip.album.index import Instance
from aip.album.pipa import HEADS, TRAIN
from aip.errors import BadInput

REAL = os.environ.get("AIP_PIPA")
NUMBERS = {"train": "1", "val": "2", "test": "3", "leftover": "0"}


@pytest.fixture
def folder(tmp_path, write_annotation):
    write_annotation(tmp_path / "pipa")
    return tmp_path / "pipa"


def columns(path: Path) -> list[list[str]]:
    return [line.split() for line in path.read_text().splitlines()]


def test_line_n_of_the_list_is_instance_n_its_box_as_it_stands(folder):
    found = Annotation(folder / "all_data.txt").instances
    rows = columns(folder / "all_data.txt")
    assert len(found) == len(rows) == 44
    for instance, row in zip(found, rows, strict=True):
        box = (instance.xmin, instance.ymin, instance.width, instance.height)
        assert [instance.photoset, instance.photo, *map(str, box), instance.identity] == row[:7]
        assert NUMBERS[instance.subset] == row[7]
        assert instance.split is None
    assert sum(min(i.xmin, i.ymin) < 0 for i in found) == 3


@pytest.mark.parametrize("subset", ["val", "test"])
@pytest.mark.parametrize("split", SPLITS)
def test_a_split_names_its_heads_by_the_first_seven_columns(folder, subset, split):
    path = folder / f"split_{subset}_{split}.txt"
    found = Annotation(folder / "all_data.txt").read_split(path, subset)
    lines = [row[:7] for row in columns(folder / "all_data.txt")]
    assert found == {lines.index(row[:7]) + 1: int(row[8]) for row in columns(path)}


def test_the_album_is_the_train_heads_and_those_of_the_split_photo_by_photo(folder):
    annotation = Annotation(folder / "all_data.txt")
    halves = annotation.read_split(folder / "split_val_day.txt", "val")
    album = annotation.album(halves)
    train = {n for n, i in enumerate(annotation.instances, start=1) if i.subset == "train"}
    assert set(album) == train | set(halves)
    assert {n: i.split for n, i in album.items()} == dict.fromkeys(train) | halves
    photos = [(i.photoset, i.photo) for i in album.values()]
    assert len(set(photos)) < len(photos)
    assert sum(a != b for a, b in pairwise(photos)) == len(set(photos)) - 1


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((3, 4, 10, 10), (3, 4, 10, 10)),
        ((-3, 4, 10, 12), (0, 4, 7, 12)),
        ((3, -4, 10, 12), (3, 0, 10, 8)),
        ((-3, -4, 10, 12), (0, 0, 7, 8)),
        ((-10, 0, 10, 12), (0, 0, 0, 12)),
        ((-30, 0, 10, 12), (0, 0, -20, 12)),
    ],
)
def test_a_box_is_clipped_to_the_photo_at_its_left_and_upper_edge(box, expected):
    assert clipped(Instance("1", "2", *box, "3", "val", 0)) == expected


def put(path: Path, line: int, text: str) -> None:
    lines = path.read_text().splitlines()
    lines[line - 1] = text
    path.write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("line", "text", "reason"),
    [
        (5, "71 5020 0 6 20 26 2", "found 7 fields, expected 8: photoset, photo,"),
        (5, "71 5020 0 6 20 26 2 1 0", "found 9 fields, expected 8"),
        (5, "", "found 0 fields, expected 8"),
        (1, "71 5020 0 6 0 26 2 1", "found width 0 and height 26, expected a box of at least one"),
        (1, "71 5020 0 6 20 -26 2 1", "found width 20 and height -26, expected a box"),
        (44, "71 5020 0 6.5 20 26 2 1", "found the ymin '6.5', expected an integer"),
        (44, "71 ../5020 0 6 20 26 2 1", "found the photo '../5020', expected digits"),
        (44, "71 5020 0 6 20 26 Ada 1", "found the identity 'Ada', expected digits"),
        (44, f"71 5020 0 6 {'9' * 5000} 26 2 1", "found the width '999"),
        (7, "71 5020 0 6 20 26 2 4", "found unknown subset 4, expected 0, 1, 2 or 3"),
    ],
)
def test_a_bad_line_of_the_list_is_named(folder, line, text, reason):
    path = folder / "all_data.txt"
    put(path, line, text)
    with pytest.raises(BadInput) as caught:
        Annotation(path)
    message = str(caught.value)
    assert message.startswith(f"{path}, line {line}: {reason}")
    assert message.endswith(f": {text!r}"[-500:])  # of a long one, the middle is left out


def test_a_head_that_is_listed_twice_is_named(folder):
    path = folder / "all_data.txt"
    first = path.read_text().splitlines()[3]
    put(path, 9, first)
    with pytest.raises(BadInput, match="line 9: found the head of line 4 again"):
        Annotation(path)


@pytest.mark.parametrize(
    ("change", "line", "reason"),
    [
        (lambda row: row[:8], 3, "found 8 fields, expected 9"),
        (lambda row: [*row[:8], "2"], 3, "found unknown split 2, expected 0 or 1"),
        (lambda row: [*row[:7], "3", row[8]], 3, "found subset 3, expected that of val"),
        (lambda row: [*row[:7], "7", row[8]], 3, "found subset 7, expected that of val"),
        (lambda row: ["99", *row[1:]], 3, "found a head that "),
        (lambda row: [*row[:6], "11", *row[7:]], 3, "found a head that "),
        (lambda row: [*row[:8], "x"], 3, "found the split 'x', expected digits"),
    ],
)
def test_a_bad_line_of_a_split_is_named(folder, change, line, reason):
    annotation, path = Annotation(folder / "all_data.txt"), folder / "split_val_original.txt"
    text = " ".join(change(columns(path)[line - 1]))
    put(path, line, text)
    with pytest.raises(BadInput) as caught:
        annotation.read_split(path, "val")
    assert str(caught.value).startswith(f"{path}, line {line}: {reason}")
    assert str(caught.value).endswith(f": {text!r}")


def test_a_split_may_not_hold_a_head_twice_nor_one_of_another_subset(folder):
    annotation, path = Annotation(folder / "all_data.txt"), folder / "split_val_original.txt"
    lines = path.read_text().splitlines()
    put(path, 6, lines[0])
    with pytest.raises(BadInput, match="line 6: found a head for the second time"):
        annotation.read_split(path, "val")
    put(path, 6, " ".join([*columns(folder / "split_test_day.txt")[0][:7], "2", "0"]))
    with pytest.raises(BadInput, match=r"line 6: found a head that line \d+ of .* has in test"):
        annotation.read_split(path, "val")


@pytest.mark.parametrize("half", [0, 1])
def test_an_identity_in_one_split_alone_is_named(folder, half):
    annotation, path = Annotation(folder / "all_data.txt"), folder / "split_val_original.txt"
    rows = [r for r in columns(path) if not (r[6] == "12" and r[8] == str(1 - half))]
    path.write_text("\n".join(map(" ".join, rows)) + "\n")
    first = 1 + next(n for n, row in enumerate(rows) if row[6] == "12")
    with pytest.raises(BadInput, match=f"line {first}: found identity 12 in split {half} alone"):
        annotation.read_split(path, "val")


def test_a_file_that_is_not_there_or_empty_is_named(folder):
    with pytest.raises(BadInput, match=r"no\.txt: PIPA's annotation cannot be read"):
        Annotation(folder / "no.txt")
    (folder / "all_data.txt").write_text("")
    with pytest.raises(BadInput, match=r"all_data\.txt: PIPA's annotation is empty"):
        Annotation(folder / "all_data.txt")


@pytest.mark.skipif(REAL is None, reason="AIP_PIPA names no folder with PIPA's annotation")
def test_the_counts_of_the_real_annotation():
    annotation = Annotation(Path(REAL, "all_data.txt"))
    instances = annotation.instances
    heads = Counter(instance.subset for instance in instances)
    assert heads == {"train": 29_223, "val": 9_642, "test": 12_886, "leftover": 11_437}
    assert heads["train"] == TRAIN
    people = {s: len({i.identity for i in instances if i.subset == s}) for s in heads}
    assert (people["train"], people["val"], people["test"]) == (1_409, 366, 581)
    assert len({instance.photo for instance in instances}) == 37_107
    assert sum(min(i.xmin, i.ymin) < 0 for i in instances) == 2_251
    assert sum(min(clipped(i)[2:]) <= 0 for i in instances) == 16
    expected = {
        ("val", "original"): (4_820, 4_820, 366),
        ("val", "album"): (4_859, 4_783, 366),
        ("val", "time"): (4_818, 4_824, 366),
        ("val", "day"): (1_076, 1_076, 65),
        ("test", "original"): (6_443, 6_443, 581),
        ("test", "album"): (6_497, 6_389, 581),
        ("test", "time"): (6_441, 6_445, 581),
        ("test", "day"): (2_484, 2_485, 199),
    }
    for (subset, split), (enrolled, attacked, identities) in expected.items():
        halves = annotation.read_split(Path(REAL, f"split_{subset}_{split}.txt"), subset)
        count = Counter(halves.values())
        assert HEADS[subset][split] == (count[0], count[1]) == (enrolled, attacked)
        assert len({instances[n - 1].identity for n in halves}) == identities
