"""R: shrink a little and pad at random (Xie et al. 2018, section 4.1)."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from aip.process import Places, Range, Role
from aip.process.separable import separable

RANGE = (80, 100)  # of the size, in percent


def resize_pad(
    images: Tensor,
    generators: Sequence[np.random.Generator],
    role: Role,  # noqa: ARG001
    within: Range = RANGE,
) -> Tensor:
    """Shrink each image by a uniform factor and place it uniformly on black of its old size.

    Xie et al. enlarge the image instead; here a head keeps its size. Both sides shrink by the same
    factor, to whole pixels, bilinearly and smoothed first as `aip.process.resize` does. Parameters
    as in `aip.process`.
    """
    sides = images.shape[-2:]
    drawn = [_draw(rng, within, *sides) for rng in generators]
    rows, columns = (
        torch.stack([_placed(side, *each[axis]) for each in drawn])
        for axis, side in enumerate(sides)
    )
    return separable(images, rows, columns)


def follow(
    places: Places, rng: np.random.Generator, height: int, width: int, within: Range = RANGE
) -> Places:
    """Return where places lie in the shrunk image; as `aip.process.following` has it."""
    (rows, top), (columns, left) = _draw(rng, within, height, width)
    return (places + 0.5) * (columns / width, rows / height) - 0.5 + (left, top)


def _draw(rng: np.random.Generator, within: Range, *sides: int) -> list[tuple[int, int]]:
    """Draw for each side how many pixels are kept of it, and the first that they are placed at."""
    factor = rng.uniform(*within) / 100
    kept = [max(1, round(factor * side)) for side in sides]
    return [
        (part, int(rng.integers(0, side - part, endpoint=True)))
        for side, part in zip(sides, kept, strict=True)
    ]


def _placed(side: int, kept: int, first: int) -> Tensor:
    """Return the (side, side) float64 matrix that shrinks a side and places it at an index."""
    scale = side / kept
    centres = (np.arange(kept) + 0.5) * scale - 0.5
    weights = 1 - np.abs(centres[:, None] - np.arange(side)) / scale
    weights = weights.clip(min=0)
    matrix = np.zeros((side, side))
    matrix[first : first + kept] = weights / weights.sum(axis=1, keepdims=True)
    return torch.from_numpy(matrix)
