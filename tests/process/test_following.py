"""Places are followed through the kinds that move an image."""

import numpy as np
import pytest
import torch

from aip.compute.draws import generator
from aip.process import KINDS, process
from aip.process.following import process_following

HEIGHT, WIDTH = 90, 70
PLACES = np.array([[20.3, 31.8], [45.6, 30.2], [33.1, 52.7], [24.5, 66.4], [43.9, 67.1]])
MOVING = "TCRS"


def blob(place):
    """A smooth bump on black, around a place."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    bump = 200 * np.exp(-((x - place[0]) ** 2 + (y - place[1]) ** 2) / (2 * 3.0**2))
    return torch.from_numpy(bump).expand(1, 3, HEIGHT, WIDTH)


def centre(image):
    """The centre of what is bright."""
    light = image[0, 0].numpy().clip(1) - 1
    y, x = np.indices(light.shape)
    return np.array([(light * x).sum(), (light * y).sum()]) / light.sum()


@pytest.mark.parametrize("kind", [*sorted(KINDS), "S+C", "T+S(60-90)+R"])
@pytest.mark.parametrize("draw", range(4))
def test_a_bump_is_where_its_place_went(kind, draw):
    if kind == "N":
        pytest.skip("noise hides the bump, and moves nothing")
    for place in PLACES:
        image, (found,) = process_following(
            blob(place), place[None], kind, generator(1, draw), "user"
        )
        assert np.abs(centre(image) - found).max() < 0.3


@pytest.mark.parametrize("kind", [*MOVING, "R(50-60)", "S(40-60)", "S+C", "T+J+R"])
def test_the_image_is_the_processed_one_and_its_places_have_moved(kind):
    image, found = process_following(blob(PLACES[0]), PLACES, kind, generator(1, 2), "user")
    assert torch.equal(image, process(kind)(blob(PLACES[0]), [generator(1, 2)], "user"))
    assert np.abs(found - PLACES).max() >= 1


@pytest.mark.parametrize("kind", sorted(set(KINDS) - set(MOVING)))
def test_other_kinds_move_nothing(kind):
    _, found = process_following(blob(PLACES[0]), PLACES, kind, generator(1, 2), "user")
    assert np.array_equal(found, PLACES)


def test_places_that_are_not_known_stay_so():
    unknown = np.full((5, 2), np.nan)
    assert np.isnan(process_following(blob(PLACES[0]), unknown, "C", generator(1), "user")[1]).all()
