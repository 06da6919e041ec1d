import pytest
from PIL import Image

from aip.album.census import Count, census, past_edge
from aip.album.index import Instance
from aip.album.missing import Missing
from aip.errors import BadInput


def head(photo, identity, subset, split, box=(0, 0, 10, 10)) -> Instance:
    return Instance("s", photo, *box, identity, subset, split)


ALBUM = [
    head("a.jpg", "Tom", "train", None, (-1, 4, 10, 10)),
    head("a.jpg", "Tim", "train", None),
    head("b.jpg", "Ada", "test", 0, (4, -1, 10, 10)),
    head("b.jpg", "Ada", "test", 1, (-4, -1, 10, 10)),
    head("c.jpg", "Ada", "test", 1),
    head("c.jpg", "Eve", "test", 0),
]


def test_subsets_and_their_splits_are_counted():
    assert census(ALBUM, []).counts == [
        Count("train", None, photos=1, heads=2, identities=2),
        Count("test", None, photos=2, heads=4, identities=2),
        Count("test", 0, photos=2, heads=2, identities=2),
        Count("test", 1, photos=2, heads=2, identities=1),
    ]


def test_a_box_that_begins_outside_counts_once():
    assert census(ALBUM, []).negative_corners == 3


def test_reasons_come_with_their_counts_the_most_common_first():
    missing = [Missing(ALBUM[n], reason) for n, reason in enumerate(("rare", "often", "often"))]
    assert list(census(ALBUM[3:], missing).reasons.items()) == [("often", 2), ("rare", 1)]


@pytest.mark.parametrize(
    ("box", "past"),
    [
        ((0, 0, 40, 30), 0),
        ((39, 29, 1, 1), 0),
        ((31, 0, 10, 10), 1),
        ((0, 21, 10, 10), 1),
        ((-5, -5, 60, 60), 1),
    ],
)
def test_a_box_past_the_right_or_lower_edge_counts_once(tmp_path, box, past):
    Image.new("RGB", (40, 30)).save(tmp_path / "a.jpg")
    Image.new("RGB", (90, 90)).save(tmp_path / "b.jpg")
    album = [head("a.jpg", "Ada", "val", 0, box), head("b.jpg", "Ada", "val", 1, box)]
    assert past_edge(album, lambda instance: tmp_path / instance.photo) == past


def test_a_photo_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BadInput, match=r"a\.jpg: the photo is missing"):
        past_edge(ALBUM, lambda instance: tmp_path / instance.photo)
