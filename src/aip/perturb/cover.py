"""Covering a part of a head with black."""

import numpy as np
from numpy.typing import NDArray


def cover(head: NDArray[np.uint8], *, top: float, height: float, width: float) -> NDArray[np.uint8]:
    """Black out a rectangle in the middle of the head's width, to the nearest whole pixels.

    It is one pixel high and wide at least, and ends where the head ends.

    Parameters
    ----------
    head : (h, w, 3) uint8 array
    top, height : float
        Where it begins and how high it is, as fractions of the head's height.
    width : float
        How wide it is, as a fraction of the head's width.
    """
    h, w = head.shape[:2]
    first = min(round(top * h), h - 1)
    last = max(round((top + height) * h), first + 1)
    margin = min(round((1 - width) / 2 * w), (w - 1) // 2)
    published = head.copy()
    published[first:last, margin : w - margin] = 0
    return published
