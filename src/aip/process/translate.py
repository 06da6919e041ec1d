"""T: shift by whole pixels, zero filled (Oh et al. 2017, section 4.2)."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from aip.compute.device import move
from aip.process import Places, Role
from aip.process.separable import separable

REACH = 0.05  # of the side, either way


def translate(images: Tensor, generators: Sequence[np.random.Generator], role: Role) -> Tensor:  # noqa: ARG001
    """Shift each image by a uniform whole number of pixels within ±5 % of each side.

    Pixels from outside the image are zero. Parameters as in `aip.process`.
    """
    height, width = images.shape[-2:]
    shifts = [_draw(rng, height, width) for rng in generators]
    down, right = move(torch.tensor(shifts), images.device).T
    return separable(images, _shift(down, height), _shift(right, width))


def follow(places: Places, rng: np.random.Generator, height: int, width: int) -> Places:
    """Return where places lie in the shifted image; as `aip.process.following` has it."""
    down, right = _draw(rng, height, width)
    moved: Places = places + np.array([right, down])
    return moved


def _draw(rng: np.random.Generator, *sides: int) -> tuple[int, ...]:
    reaches = [int(REACH * side) for side in sides]
    return tuple(int(rng.integers(-reach, reach, endpoint=True)) for reach in reaches)


def _shift(by: Tensor, side: int) -> Tensor:
    index = torch.arange(side, device=by.device)
    return index[None, :] == index[:, None] - by[:, None, None]
