"""C: crop a little and resize back (Oh et al. 2017, section 4.2)."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from aip.compute.device import move
from aip.process import Places, Role
from aip.process.separable import bilinear, separable

REACH = 0.1  # of the side, from each edge


def crop(images: Tensor, generators: Sequence[np.random.Generator], role: Role) -> Tensor:  # noqa: ARG001
    """Cut a uniform 0–10 % off each of the four sides, resize back bilinearly.

    Cuts are whole pixels. Parameters as in `aip.process`.
    """
    height, width = images.shape[-2:]
    cuts = [[*_draw(rng, height), *_draw(rng, width)] for rng in generators]
    top, bottom, left, right = move(torch.tensor(cuts), images.device).T
    rows = bilinear(top, height - top - bottom, height, dtype=images.dtype)
    columns = bilinear(left, width - left - right, width, dtype=images.dtype)
    return separable(images, rows, columns)


def follow(places: Places, rng: np.random.Generator, height: int, width: int) -> Places:
    """Return where places lie in the cropped image; as `aip.process.following` has it."""
    (top, bottom), (left, right) = _draw(rng, height), _draw(rng, width)
    size = np.array([width, height])
    kept = size - (left + right, top + bottom)
    moved: Places = (places - (left, top) + 0.5) * size / kept - 0.5
    return moved


def _draw(rng: np.random.Generator, side: int) -> tuple[int, int]:
    before, after = rng.integers(0, int(REACH * side), size=2, endpoint=True)
    return int(before), int(after)
