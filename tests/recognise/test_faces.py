import numpy as np
import pytest
from PIL import Image

from aip.album.whose import ALIKE, LARGEST, LIKEST, NONE, ONLY
from aip.errors import BadInput
from aip.recognise.detector import Detector
from aip.recognise.faces import find_people
from standins.marks import Marks, photo

PEOPLE = {"Ada": ["1.png", "2.png", "3.png", "4.png"], "Bob": ["1.png"]}
MARKS = {
    "Ada/1.png": [(40, 32, 250)],
    "Ada/2.png": [(40, 32, 250), (20, 20, 200)],
    "Ada/3.png": [],
    "Ada/4.png": [(30, 32, 200), (50, 32, 250)],  # as far from the middle
    "Bob/1.png": [(15, 20, 250)],
}


@pytest.fixture
def root(tmp_path):
    for name, marks in MARKS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        image = photo(320, 256, marks)
        if name == "Bob/1.png":
            image = np.rot90(image)  # so that he lies on his side
        Image.fromarray(np.ascontiguousarray(image)).save(tmp_path / name)
    return tmp_path


def found(root, embed=None, threads=1):
    done = []
    photos = find_people(PEOPLE, root, Detector(Marks()), embed, 20, done.append, threads)
    assert sum(done) == 5
    return photos


def strength(heads):
    """Embed heads by how strong their mark is: 200 and 250 are at a right angle."""
    angles = [(head.max() - 200) / 50 * np.pi / 2 for head in heads]
    return np.array([[np.cos(a), np.sin(a)] for a in angles], np.float32)


def test_the_person_is_the_largest_and_most_central_or_nobody_where_two_are_alike(root):
    photos = found(root)
    assert [(p.person, p.photo, p.chosen, p.why) for p in photos] == [
        ("Ada", "1.png", 0, ONLY),
        ("Ada", "2.png", 0, LARGEST),
        ("Ada", "3.png", None, NONE),
        ("Ada", "4.png", None, ALIKE),
        ("Bob", "1.png", 0, ONLY),
    ]
    assert [face.turned for p in photos for face in p.faces] == [0, 0, 0, 0, 0, 270]
    assert found(root, threads=3) == photos


def test_the_person_is_the_one_most_like_those_in_the_other_photos(root):
    photos = found(root, strength)
    assert [(p.chosen, p.why) for p in photos[:4]] == [
        (0, ONLY),
        (0, LIKEST),
        (None, NONE),
        (0, LIKEST),
    ]
    # Of photo 4, the mark of 250 is in photos 1 and 2, that of 200 in 2 alone.
    assert np.allclose([face.likeness for face in photos[3].faces], [1, 0.5])
    assert photos[4].faces[0].likeness is None


def test_what_is_embedded_is_the_upright_head(root):
    seen = []

    def embed(heads):
        seen.extend(heads)
        return strength(heads)

    found(root, embed)
    above, below = (np.argwhere(seen[-1][..., channel] == 250)[:, 0].max() for channel in (0, 2))
    assert above < below
    # The margins of a face of 48 × 64 pixels, in the direction in which he lies.
    assert np.abs(np.subtract(seen[-1].shape[:2], (64 * 1.2, 48 * 1.38))).max() <= 1


def test_a_folder_without_any_face_and_photos_that_cannot_be_read_are_refused(root):
    for name in MARKS:
        Image.fromarray(photo(64, 64)).save(root / name)
    with pytest.raises(BadInput, match="found no face of 20 pixels or more in any of its 5 photos"):
        find_people(PEOPLE, root, Detector(Marks()), None, 20, lambda _: None)
    for name in ("Ada/2.png", "Bob/1.png"):
        (root / name).write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(BadInput, match=r"2 photos cannot be used: .*Ada/2\.png.*; .*Bob/1\.png"):
        find_people(PEOPLE, root, Detector(Marks()), None, 20, lambda _: None)
