"""Resizing heads to a recogniser's input, and perturbations to a head's native size."""

from functools import lru_cache

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from aip.process.separable import separable
from aip.process.straight_through import straight_through


def resize(images: Tensor, height: int, width: int) -> Tensor:
    """Resize bilinearly with antialiasing, without keeping the aspect ratio.

    Parameters
    ----------
    images : (n, 3, h, w) float tensor
    height, width : int
        The new size in pixels.

    Returns
    -------
    (n, 3, height, width) float tensor
    """
    if images.shape[-2:] == (height, width):
        return images
    return interpolate(
        images, (height, width), mode="bilinear", align_corners=False, antialias=True
    )


def resize_reproducibly(images: Tensor, height: int, width: int) -> Tensor:
    """Resize as `resize` does, to the bit, with a gradient that rounds alike in every run.

    PyTorch's own gradient is summed in any order on a GPU. This one is the resize's adjoint as
    matrix products. Parameters as in `resize`.
    """
    if images.shape[-2:] == (height, width):
        return images
    sides = zip(images.shape[-2:], (height, width), strict=True)
    rows, columns = (_resizing(*pair, images.dtype, images.device) for pair in sides)
    return straight_through(
        separable(images, rows, columns), resize(images.detach(), height, width)
    )


@lru_cache(maxsize=512)
def _resizing(side: int, out: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Return the (1, out, side) matrix that resizes one side of an image."""
    # Autograd could not later use a tensor that was made in inference mode.
    with torch.inference_mode(mode=False):
        return resize(torch.eye(side, dtype=dtype)[None, None], out, side)[0].to(device)
