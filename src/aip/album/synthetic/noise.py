"""Smooth noise to look up: strands, curls, weave, freckles."""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from aip.compute.draws import generator

_SIZE = 256


@cache
def _tile(sigma: float) -> NDArray[np.float32]:
    """Return a (256, 256) tile that repeats, of mean 0 and standard deviation 1."""
    white = generator(0, "noise tile").standard_normal((_SIZE, _SIZE))
    tile = ndimage.gaussian_filter(white, sigma, mode="wrap")
    return np.asarray((tile - tile.mean()) / tile.std(), dtype=np.float32)


def noise(
    x: NDArray[np.floating], y: NDArray[np.floating], *, offset: float, sigma: float = 1.5
) -> NDArray[np.float32]:
    """Look up noise of mean 0 and standard deviation 1 at points in tile pixels.

    Parameters
    ----------
    x, y : arrays of one shape
        Where, in pixels of a tile of 256 that repeats.
    offset : float
        0–1; another offset is another noise.
    sigma : float
        Size of the noise's grains in tile pixels.
    """
    column = np.floor(x + offset * 7919).astype(np.int32) % _SIZE
    row = np.floor(y + offset * 6101).astype(np.int32) % _SIZE
    return np.asarray(_tile(sigma)[row, column])
