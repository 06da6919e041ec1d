"""Warping heads by a similarity: turned, scaled and shifted, to the input of a recogniser."""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aip.compute.device import move
from aip.process.resize import resize_reproducibly

# Bilinear sampling reads two pixels of a side, so that up to this step it passes none over.
STEP = 2.0


def warp(image: Tensor, similarity: NDArray[np.float64], height: int, width: int) -> Tensor:
    """Warp an image bilinearly; beyond its edges, its outermost pixels go on.

    As OpenCV's ``warpAffine`` does with replicated borders, but in exact coordinates. An image more
    than twice as large as it will be is first resized with antialiasing, as `aip.process.resize`
    does. The gradient is the map's adjoint, and rounds alike in every run.

    Parameters
    ----------
    image : (1, 3, h, w) float tensor
    similarity : (2, 3) array
        Maps a place (x, y, 1) in the image to its place (x, y) in the result, in pixels; whole
        numbers are the centres of pixels.
    height, width : int
        The size of the result, in pixels.

    Returns
    -------
    (1, 3, height, width) float tensor
    """
    matrix = np.vstack([similarity, (0, 0, 1)])
    scale = math.sqrt(abs(np.linalg.det(matrix)))
    if scale * STEP < 1:
        sides = image.shape[2:]
        kept = [max(1, round(side * scale)) for side in sides]
        image = resize_reproducibly(image, *kept)
        matrix = matrix @ _resized(kept, sides)
    index, weight = _bilinear(np.linalg.inv(matrix), image.shape[2:], (height, width))
    weights = move(torch.from_numpy(weight).to(image.dtype), image.device)
    corners = image.flatten(2)[..., move(torch.from_numpy(index), image.device)]
    mixed = (corners * weights).sum(2)
    return mixed.reshape(*mixed.shape[:2], height, width)


def _resized(kept: list[int], sides: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the matrix that maps a place in a resized image to its place before."""
    down, right = (before / after for after, before in zip(kept, sides, strict=True))
    return np.array([[right, 0, (right - 1) / 2], [0, down, (down - 1) / 2], [0, 0, 1]])


def _bilinear(
    back: NDArray[np.float64], sides: tuple[int, ...], out: tuple[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the flat indices and weights, (4, pixels), of the pixels that each pixel mixes."""
    (h, w), (height, width) = sides, out
    v, u = np.indices((height, width)).reshape(2, -1)
    x, y, _ = back @ np.stack([u, v, np.ones_like(u)])
    x, y = x.clip(0, w - 1), y.clip(0, h - 1)
    left, top = x.astype(np.int64), y.astype(np.int64)
    right, below = np.minimum(left + 1, w - 1), np.minimum(top + 1, h - 1)
    across, down = x - left, y - top
    index = [top * w + left, top * w + right, below * w + left, below * w + right]
    weight = [
        (1 - down) * (1 - across),
        (1 - down) * across,
        down * (1 - across),
        down * across,
    ]
    return np.stack(index), np.stack(weight)
