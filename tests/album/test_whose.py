import numpy as np
import pytest

from aip.album.faces import Face
from aip.album.whose import (
    ALIKE,
    LARGEST,
    LIKEST,
    NONE,
    ONLY,
    ONLY_LARGE,
    choose,
    likenesses,
    prominence,
    too_small,
)

POINTS = ((0.0, 0.0),) * 5


def face(side=50, prominence=10.0, likeness=None):
    return Face((0, 0, side, side + 10), 0.9, POINTS, 0, prominence, likeness)


@pytest.mark.parametrize(
    ("faces", "chosen", "why"),
    [
        ([], None, NONE),
        ([face(19.5), face(10)], None, too_small(20)),
        ([face(20)], 0, ONLY),
        ([face(10), face(20)], 1, ONLY_LARGE),
        ([face(prominence=10), face(prominence=12)], 1, LARGEST),
        ([face(prominence=10), face(prominence=11.9)], None, ALIKE),
        # Likeness goes before prominence, which is asked where two are about as like.
        ([face(likeness=0.1, prominence=90), face(likeness=0.2)], 1, LIKEST),
        ([face(likeness=0.25, prominence=90), face(likeness=0.2)], 0, LIKEST),
        ([face(likeness=0.15, prominence=90), face(likeness=0.2)], None, ALIKE),
        ([face(likeness=0.2), face(likeness=0.25)], None, ALIKE),
        # A face that is too small does not count, whatever it looks like.
        ([face(likeness=0.1), face(likeness=0.5), face(10, likeness=0.9)], 1, LIKEST),
    ],
)
def test_who_is_chosen_of_several_and_why(faces, chosen, why):
    (found,) = choose("Ada", [("1.jpg", faces)], smallest=20)
    assert (found.person, found.photo, found.faces) == ("Ada", "1.jpg", tuple(faces))
    assert (found.chosen, found.why) == (chosen, why)


def test_prominence_is_the_size_in_the_middle_and_nothing_in_a_corner():
    def at(x, y):
        return prominence(Face((x - 8, y - 2, 16, 4), 0.9, POINTS), (300, 400))

    assert at(150, 200) == 8
    assert at(0, 0) == at(300, 400) == 0
    assert at(150 + 30, 200 + 40) == pytest.approx(8 * 0.8)


def test_likeness_is_the_mean_over_the_other_photos_of_the_nearest_face_there():
    rng = np.random.default_rng(0)
    features = [rng.standard_normal((count, 6)).astype(np.float32) for count in (2, 0, 1, 3)]
    features = [f / np.linalg.norm(f, axis=1, keepdims=True) for f in features]
    found = likenesses(features)
    assert [len(each) for each in found] == [2, 0, 1, 3]
    for photo, own in enumerate(features):
        for number, vector in enumerate(own):
            others = [f for n, f in enumerate(features) if n != photo and len(f)]
            expected = np.mean([max(float(vector @ v) for v in f) for f in others])
            assert found[photo][number] == pytest.approx(expected, abs=1e-6)


def test_a_person_of_one_photo_is_like_nobody_known():
    assert likenesses([np.eye(2, 3, dtype=np.float32), np.zeros((0, 3), np.float32)]) == [
        [None, None],
        [],
    ]
