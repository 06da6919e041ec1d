"""Pixelate: a mosaic of the head, as television does to bystanders."""

import numpy as np
from numpy.typing import NDArray

from aip.process.rounding import to_8_bits


def pixelate(head: NDArray[np.uint8], *, blocks: int) -> NDArray[np.uint8]:
    """Replace each block of the head by its mean colour.

    Parameters
    ----------
    head : (height, width, 3) uint8 array
    blocks : int
        Blocks across the head's width, at least 1. The number down its height keeps the blocks as
        square as possible. A side of fewer pixels than blocks keeps its pixels.
    """
    height, width = head.shape[:2]
    rows = _edges(height, round(blocks * height / width))
    columns = _edges(width, blocks)
    sums = np.add.reduceat(head.astype(np.int64), rows[:-1], axis=0)
    sums = np.add.reduceat(sums, columns[:-1], axis=1)
    heights, widths = np.diff(rows), np.diff(columns)
    means = to_8_bits(sums / (heights[:, None] * widths)[..., None])
    published: NDArray[np.uint8] = means.repeat(heights, axis=0).repeat(widths, axis=1)
    return published


def _edges(side: int, blocks: int) -> NDArray[np.int64]:
    """Return the edges of `blocks` parts of a side, equally long to within a pixel."""
    count = min(max(blocks, 1), side)
    return np.arange(count + 1) * side // count
