"""Processing an image and following places in it, such as the landmarks of a face."""

from copy import deepcopy
from functools import partial
from importlib import import_module

import numpy as np
from torch import Tensor

from aip.process import Places, Role, modules, process, steps, within


def process_following(
    image: Tensor, places: Places | None, kind: str, rng: np.random.Generator, role: Role
) -> tuple[Tensor, Places | None]:
    """Process an image, and say where places in it lie afterwards.

    Parameters
    ----------
    image : (1, 3, height, width) tensor
    places : (m, 2) array or None
        x and y in pixels; one that is NaN stays so. None if none are to be followed.
    kind : str
    rng : numpy.random.Generator
    role : str
        As in `aip.process`.

    Returns
    -------
    (1, 3, height', width') tensor, (m, 2) array or None
    """
    for step in steps(kind):
        follow = getattr(import_module(*modules(step)), "follow", None)
        if places is not None and follow is not None:
            keys = {"within": bounds} if (bounds := within(step)) else {}
            places = partial(follow, **keys)(places, deepcopy(rng), *image.shape[2:])
        image = process(step)(image, [rng], role)
    return image, places
