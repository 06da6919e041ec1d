from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import yaml

from aip.perturb import BLIND, ELSEWHERE, METHODS, blind_method, method
from aip.perturb.strategy import STEPS, arguments

ROOT = Path(__file__).parents[2]
SCHEMA = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text(encoding="utf-8"))
KEYS = SCHEMA["properties"]["user_strategies"]["additionalProperties"]["properties"]
OWN = {
    name: {k: part["default"] for k, part in KEYS.items() if name in part.get("methods", ())}
    for name in BLIND
}
SIZES = [(1, 1), (3, 200), (200, 3), (2, 5), (11, 8), (72, 60)]


def head(height, width, grey=False, seed=0):
    pixels = np.random.default_rng(seed).integers(1, 256, (height, width, 3), dtype=np.uint8)
    return np.repeat(pixels[..., :1], 3, axis=2) if grey else pixels


def test_none_publishes_the_exact_head():
    given = head(5, 4)
    assert np.array_equal(blind_method("none")(given), given)


def test_what_people_do_today_is_here():
    assert set(BLIND) == {"none", "blur", "pixelate", "eye-bar", "black-box"}


def test_every_method_takes_its_keys_of_the_schema_and_no_others():
    for name in METHODS | BLIND:
        function = (blind_method if name in BLIND else method)(name)
        takes_steps, named = arguments(function)
        asked = {*named, *(STEPS if takes_steps else ())}
        own = {k for k, part in KEYS.items() if name in part.get("methods", ())}
        shared = {k for k in ("steps", "step_size", "step_rule", "epsilon") if name in METHODS}
        shared -= {k for k in shared if name in KEYS[k].get("not_for", ())}
        assert asked == own | shared, name


def test_the_schema_names_methods_that_there_are_and_gives_their_keys_a_default():
    for key, part in KEYS.items():
        named = {*part.get("methods", ()), *part.get("not_for", ())}
        assert named <= set(METHODS | BLIND | ELSEWHERE), key
        assert "default" in part or "methods" not in part, key


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", BLIND)
def test_a_head_of_any_size_keeps_it_and_grey_stays_grey(name, size):
    function = blind_method(name)
    for grey in (False, True):
        given = head(*size, grey)
        before = given.copy()
        with np.errstate(all="raise"):
            found = function(given, **OWN[name])
        assert (found.shape, found.dtype) == ((*size, 3), np.uint8)
        assert np.array_equal(given, before)
        if grey:
            assert (found == found[..., :1]).all()


def gaussian(side, sigma):
    """Return the (side, side) matrix of a Gaussian cut at four σ, mirrored about the edge pixel."""
    reach = int(4 * sigma + 0.5)
    weights = {k: np.exp(-0.5 * (k / sigma) ** 2) for k in range(-reach, reach + 1)}
    total = sum(weights.values())
    matrix = np.zeros((side, side))
    for i in range(side):
        for k, weight in weights.items():
            j = i + k
            while not 0 <= j < side:
                j = -j if j < 0 else 2 * (side - 1) - j
                j = 0 if side == 1 else j
            matrix[i, j] += weight / total
    return matrix


@pytest.mark.parametrize("sigma", [0.02, 0.08, 0.5])
@pytest.mark.parametrize("size", SIZES)
def test_the_blur_is_a_gaussian_of_a_share_of_the_shorter_side(size, sigma):
    given = head(*size)
    rows, columns = (gaussian(side, sigma * min(size)) for side in size)
    expected = np.einsum("ij,jkc,lk->ilc", rows, given.astype(float), columns)
    found = blind_method("blur")(given, sigma=sigma)
    assert np.abs(found - expected).max() <= 0.5 + 1e-6


def test_a_stronger_blur_leaves_less():
    spread = [blind_method("blur")(head(40, 40), sigma=s).std() for s in (0.01, 0.05, 0.1, 0.3)]
    assert spread == sorted(spread, reverse=True)
    assert spread[-1] < spread[0] / 5


@pytest.mark.parametrize(
    ("size", "blocks", "counts"),
    [
        ((12, 12), 4, (4, 4)),
        ((152, 130), 8, (9, 8)),
        ((30, 20), 3, (4, 3)),
        ((11, 17), 5, (3, 5)),
        ((3, 200), 8, (1, 8)),
        ((200, 3), 2, (133, 2)),
        ((5, 7), 1, (1, 1)),
    ],
)
def test_a_mosaic_is_made_of_the_means_of_its_blocks(size, blocks, counts):
    given = head(*size).astype(float)
    found = blind_method("pixelate")(given.astype(np.uint8), blocks=blocks)
    edges = [
        [int(Fraction(i * side, count)) for i in range(count + 1)]
        for side, count in zip(size, counts, strict=True)
    ]
    for top, bottom in zip(edges[0], edges[0][1:], strict=False):
        for left, right in zip(edges[1], edges[1][1:], strict=False):
            mean = given[top:bottom, left:right].mean((0, 1))
            block = found[top:bottom, left:right]
            assert (block == block[0, 0]).all()
            assert np.abs(block[0, 0] - mean).max() <= 0.5 + 1e-9


@pytest.mark.parametrize("size", [(1, 1), (6, 5), (8, 8)])
def test_a_mosaic_finer_than_the_pixels_is_the_head(size):
    assert np.array_equal(blind_method("pixelate")(head(*size), blocks=8), head(*size))


def covered(name, size, **keys):
    """Return the rows and the columns that are black, all else being as it was."""
    given = head(*size)
    found = blind_method(name)(given, **(OWN[name] | keys))
    black = (found == 0).all(2)  # no head here has a zero
    rows, columns = np.flatnonzero(black.any(1)), np.flatnonzero(black.any(0))
    assert black[np.ix_(rows, columns)].all()
    assert np.array_equal(found[~black], given[~black])
    assert (found[black] == 0).all()
    for run in (rows, columns):
        assert np.array_equal(run, np.arange(run[0], run[-1] + 1))
    return (rows[0], rows[-1] + 1), (columns[0], columns[-1] + 1)


def test_the_bar_covers_exactly_the_eyes_and_the_box_the_face():
    assert covered("eye-bar", (100, 200)) == ((40, 62), (10, 190))
    assert covered("eye-bar", (10, 20), bar_top=0.3, bar_height=0.2, bar_width=0.5) == (
        (3, 5),
        (5, 15),
    )
    assert covered("black-box", (100, 200)) == ((25, 95), (30, 170))
    # On a photo of Labeled Faces in the Wild, whose eyes are 45 to 50 % down the head's box.
    (top, bottom), _ = covered("eye-bar", (152, 130))
    assert top < 0.43 * 152 < 0.52 * 152 < bottom


def test_a_part_of_a_pixel_is_rounded_and_at_least_one_is_covered():
    assert covered("eye-bar", (10, 10), bar_top=0.34, bar_height=0.2) == ((3, 5), (0, 10))
    assert covered("eye-bar", (10, 10), bar_top=0.36, bar_height=0.2) == ((4, 6), (0, 10))
    assert covered("eye-bar", (10, 9), bar_top=0.99, bar_height=0.001, bar_width=0.001) == (
        (9, 10),
        (4, 5),
    )
    _, columns = covered("eye-bar", (10, 10), bar_width=0.001)
    assert columns == (4, 6)  # the middle of an even width
    assert covered("eye-bar", (1, 1)) == ((0, 1), (0, 1))
    assert covered("black-box", (3, 200)) == ((1, 3), (30, 170))
    assert covered("black-box", (10, 10), box_top=0.5, box_height=1, box_width=1) == (
        (5, 10),
        (0, 10),
    )
