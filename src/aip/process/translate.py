"""T: shift by whole pixels, zero filled (Oh et al. 2017, section 4.2)."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from aip.compute.device import move
from aip.process import Role
from aip.process.separable import separable

REACH = 0.05  # of the side, either way


def translate(images: Tensor, generators: Sequence[np.random.Generator], role: Role) -> Tensor:  # noqa: ARG001
    """Shift each image by a uniform whole number of pixels within ±5 % of each side.

    Pixels from outside the image are zero. Parameters as in `aip.process`.
    """
    height, width = images.shape[-2:]
    shifts = [(_draw(rng, height), _draw(rng, width)) for rng in generators]
    down, right = move(torch.tensor(shifts), images.device).T
    return separable(images, _shift(down, height), _shift(right, width))


def _draw(rng: np.random.Generator, side: int) -> int:
    reach = int(REACH * side)
    return int(rng.integers(-reach, reach, endpoint=True))


def _shift(by: Tensor, side: int) -> Tensor:
    index = torch.arange(side, device=by.device)
    return index[None, :] == index[:, None] - by[:, None, None]
