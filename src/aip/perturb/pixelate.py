"""Pixelate: a mosaic of the head, as television does to bystanders."""

import numpy as np
from numpy.typing import NDArray


def pixelate(head: NDArray[np.uint8], *, blocks: int) -> NDArray[np.uint8]:
    """Replace each block of the head by its mean colour.

    Parameters
    ----------
    head : (height, width, 3) uint8 array
    blocks : int
        Blocks across the head's width, at least 1; down its height as many as keep them nearest
        to squares. A side of fewer pixels than blocks keeps its pixels.
    """
    height, width = head.shape[:2]
    rows = _edges(height, round(blocks * height / width))
    columns = _edges(width, blocks)
    sums = np.add.reduceat(head.astype(np.int64), rows[:-1], axis=0)
    sums = np.add.reduceat(sums, columns[:-1], axis=1)
    heights, widths = np.diff(rows), np.diff(columns)
    means = np.rint(sums / (heights[:, None] * widths)[..., None]).astype(np.uint8)
    published: NDArray[np.uint8] = means.repeat(heights, axis=0).repeat(widths, axis=1)
    return published


def _edges(side: int, blocks: int) -> NDArray[np.int64]:
    """Return where `blocks` parts of a side begin and end, alike to a pixel."""
    count = min(max(blocks, 1), side)
    return np.arange(count + 1) * side // count
