import numpy as np
import pytest
from skimage.transform import SimilarityTransform

from aip.errors import BadInput
from aip.recognise.template import (
    ARCFACE,
    arcface,
    check_template,
    is_spread,
    similarity,
    template_of,
)


@pytest.mark.parametrize("seed", range(5))
def test_the_similarity_is_scikit_images(seed):
    rng = np.random.default_rng(seed)
    landmarks = rng.uniform(0, 200, (5, 2))
    estimated = SimilarityTransform.from_estimate(landmarks, np.array(ARCFACE))
    assert np.allclose(similarity(landmarks, ARCFACE), estimated.params[:2], atol=1e-9)


def test_landmarks_that_were_turned_scaled_and_shifted_come_back():
    angle, scale = 0.4, 2.7
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = similarity(np.array(ARCFACE) @ turn.T + (31, -8), ARCFACE)
    assert np.allclose(matrix[:, :2] @ turn, np.eye(2))
    assert np.allclose(matrix @ (31, -8, 1), 0)


def test_a_narrow_input_is_the_inner_columns_of_arcfaces():
    assert np.allclose(arcface((112, 96)), np.array(ARCFACE) - (8, 0))
    assert np.allclose(arcface((112, 112)), ARCFACE)


def test_dlibs_template_is_the_mean_face_of_its_landmarks_in_its_chip():
    """Means over the landmarks of each part, in the unit square that dlib's code has them in."""
    eye = [0.121737, 0.187122, 0.265825, 0.334606, 0.260918, 0.182743]
    lids = [0.216423, 0.178758, 0.179852, 0.231733, 0.245099, 0.244077]
    nose, mouth = (0.490127, 0.515625), (0.254149, 0.780233)
    left = (np.mean(eye), np.mean(lids))
    mirrored = [(2 * nose[0] - x, y) for x, y in (left, mouth)]
    unit = np.array([left, mirrored[0], nose, mouth, mirrored[1]])
    assert np.allclose(template_of("dlib", (150, 150)), (0.25 + unit) / 1.5 * 150, atol=0.01)
    assert template_of("mobilefacenet", (112, 96)) == arcface((112, 96))


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ([[1, 2]] * 4, "expected 5 pairs of numbers"),
        ([[1, 2, 3]] * 5, "expected 5 pairs of numbers"),
        ([[1, "2"]] * 5, "expected 5 pairs of numbers"),
        ("arcface", "expected 5 pairs of numbers"),
        ([[1, float("nan")]] * 5, "expected 5 pairs of numbers"),
        ([[10, 20]] * 5, "places that are all one"),
        ([*ARCFACE[:4], [96, 5]], r"x 96, y 5, which does not fit an input of 112 × 96 pixels"),
        ([*ARCFACE[:4], [5, -1]], r"x 5, y -1, which does not fit"),
    ],
)
def test_a_template_that_does_not_fit_is_refused(template, said):
    with pytest.raises(BadInput, match=said):
        check_template(template, (112, 96), where="template")


def test_the_template_of_a_very_narrow_input_does_not_fit_it():
    with pytest.raises(BadInput, match="does not fit an input of 112 × 20 pixels"):
        check_template(arcface((112, 20)), (112, 20), where="template")


def test_landmarks_that_are_not_known_or_all_one_say_nothing():
    assert is_spread(np.array(ARCFACE))
    assert not is_spread(np.full((5, 2), 31.0))
    assert not is_spread(np.full((5, 2), np.nan))
