"""R: shrink a little and pad at random (Xie et al. 2018, section 4.1)."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from aip.process import Range, Role
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
    maps = [_draw(rng, within, *images.shape[-2:]) for rng in generators]
    rows, columns = (torch.stack(matrices) for matrices in zip(*maps, strict=True))
    return separable(images, rows, columns)


def _draw(
    rng: np.random.Generator, within: Range, height: int, width: int
) -> tuple[Tensor, Tensor]:
    factor = rng.uniform(*within) / 100
    rows, columns = (
        _placed(side, kept, int(rng.integers(0, side - kept, endpoint=True)))
        for side, kept in ((side, max(1, round(factor * side))) for side in (height, width))
    )
    return rows, columns


def _placed(side: int, kept: int, first: int) -> Tensor:
    """Return the (side, side) float64 matrix that shrinks a side and places it at an index."""
    scale = side / kept
    centres = (np.arange(kept) + 0.5) * scale - 0.5
    weights = 1 - np.abs(centres[:, None] - np.arange(side)) / scale
    weights = weights.clip(min=0)
    matrix = np.zeros((side, side))
    matrix[first : first + kept] = weights / weights.sum(axis=1, keepdims=True)
    return torch.from_numpy(matrix)
