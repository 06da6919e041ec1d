"""Gaussian blur of one side of an image, as a matrix."""

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from aip.process.separable import mirrored


@lru_cache(maxsize=512)
def smoothing(sigma: float, reach: int, side: int) -> Tensor:
    """Return the (side, side) float64 matrix that blurs one side of an image.

    Parameters
    ----------
    sigma : float
        Standard deviation in pixels, above 0.
    reach : int
        How many pixels to either side count; the weights sum to 1.
    side : int
        In pixels. The side is mirrored at its ends, about the last pixel.
    """
    offsets = np.arange(-reach, reach + 1)
    weights = np.exp(-0.5 * (offsets / sigma) ** 2)
    matrix = np.zeros((side, side))
    for offset, weight in zip(offsets, weights / weights.sum(), strict=True):
        np.add.at(matrix, (np.arange(side), mirrored(np.arange(side) + offset, side)), weight)
    return torch.from_numpy(matrix)
