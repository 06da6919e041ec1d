"""Blur: the whole head smoothed, as newspapers do to bystanders."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from aip.process.rounding import to_8_bits


def blur(head: NDArray[np.uint8], *, sigma: float) -> NDArray[np.uint8]:
    """Smooth the head with a Gaussian.

    Parameters
    ----------
    head : (height, width, 3) uint8 array
    sigma : float
        The Gaussian's standard deviation as a fraction of the head's shorter side, above 0; it is
        cut at four of them. Beyond its edge the head is mirrored about the edge pixel.
    """
    pixels = sigma * min(head.shape[:2])
    smooth = gaussian_filter(head.astype(np.float64), pixels, axes=(0, 1), mode="mirror")
    published: NDArray[np.uint8] = to_8_bits(smooth)
    return published
