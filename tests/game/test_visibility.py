from fractions import Fraction

import pytest

from aip.errors import BadInput
from aip.game.visibility import visibility
from aip.perturb.perceptibility import MeanPerceptibility

SEEN = {
    "none": MeanPerceptibility(0.0, None, 0.0, 0.0, None, 1.0),
    "gaman": MeanPerceptibility(285.7, 0.1, 310.25, 30.0, 28.0, 0.9),
    "odd": MeanPerceptibility(None, None, None, None, None, None),
}


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        ("l2", [0, Fraction("310.25")]),
        ("norm", [0, Fraction("285.7")]),
        ("ssim", [0, Fraction(1, 10)]),
        (None, [0, 0]),
    ],
)
def test_what_is_published_unchanged_is_not_visible(measure, expected):
    assert visibility(["none", "gaman"], measure, SEEN) == expected


def test_a_row_without_the_measure_is_named():
    with pytest.raises(BadInput) as caught:
        visibility(["none", "odd"], "ssim", SEEN)
    assert str(caught.value) == (
        "user strategy odd: found no ssim, by which this game measures how visible it is; expected "
        "its mean over published heads"
    )
