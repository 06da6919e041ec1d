import numpy as np
import pytest
from PIL import Image

from aip.album.faces import Face, PhotoFaces
from aip.show.faces import CHOSEN, OTHER, PHOTOS, draw_pages, in_doubt_first, said

POINTS = ((0.0, 0.0),) * 5
LEFT = Face((60, 80, 40, 60), 0.9, tuple((x, 100.0) for x in (65, 70, 75, 80, 85)))
RIGHT = Face((210, 80, 40, 60), 0.9, tuple((x, 100.0) for x in (215, 220, 225, 230, 235)), 90)
FOUND = [
    PhotoFaces("Ada", "1.png", (LEFT,), 0, "the only face"),
    PhotoFaces("Ada", "2.png", (), None, "no face"),
    PhotoFaces("Ada", "3.png", (LEFT, RIGHT), 1, "the largest"),
    PhotoFaces("Ada", "4.png", (LEFT, RIGHT), None, "two alike"),
    PhotoFaces("Bob", "1.png", (LEFT,), 0, "the only face"),
]


@pytest.fixture
def root(tmp_path):
    for photo in FOUND:
        path = tmp_path / photo.person / photo.photo
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", (400, 300), "#808080").save(path)
    return tmp_path


def test_what_was_found_is_counted_by_reason_and_what_is_not_chosen_comes_last():
    assert said(FOUND) == [
        "Faces found: 6, in 4 of 5 photos, of which 2 had to be turned",
        "  2: taken, the only face",
        "  1: taken, the largest",
        "  1: no face taken, since no face",
        "  1: no face taken, since two alike",
    ]


def test_photos_in_doubt_come_first():
    order = [f"{photo.person}{photo.photo[0]}" for photo in in_doubt_first(FOUND)]
    assert order == ["Ada4", "Ada2", "Ada3", "Ada1", "Bob1"]


def near(picture, colour) -> np.ndarray:
    """Tell which pixels have nearly a colour."""
    wanted = [int(colour[n : n + 2], 16) for n in (1, 3, 5)]
    return np.abs(picture.astype(int) - wanted).max(-1) < 40


def test_the_chosen_face_is_drawn_in_another_colour_than_others(root):
    (path,) = draw_pages(root / "faces", [FOUND[2]], root, 4)
    picture = np.asarray(Image.open(path))[50:300]
    blue, orange = (np.nonzero(near(picture, colour)[:, 10:])[1] for colour, _ in (OTHER, CHOSEN))
    assert 55 < np.median(blue) < 105
    assert 190 < np.median(orange) < 265


def test_no_more_pages_are_drawn_than_asked_for_and_old_ones_are_removed(root):
    photos = FOUND * PHOTOS  # five pages
    assert len(draw_pages(root / "faces", photos, root, 3)) == 3
    paths = draw_pages(root / "faces", photos[: PHOTOS + 1], root, 3)
    assert sorted(root.glob("faces-*")) == paths == [root / f"faces-{n}.jpg" for n in (1, 2)]
