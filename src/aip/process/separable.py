"""Separable linear maps of images: a matrix for the rows, a matrix for the columns."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aip.compute.device import move


def separable(images: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Apply Y = R X Cᵀ to every channel, each image with its own matrices.

    Translation, blur, cropping and resizing have this form. Each is then one batched matrix
    product, whatever is drawn per image, and its gradient is the exact adjoint.

    Parameters
    ----------
    images : (n, 3, height, width) tensor
    rows : (n, height', height) tensor
    columns : (n, width', width) tensor
        Cast to the images' type, so that each type computes in its own precision.

    Returns
    -------
    (n, 3, height', width') tensor
    """
    rows, columns = (move(maps.to(images.dtype), images.device) for maps in (rows, columns))
    return rows[:, None] @ images @ columns[:, None].transpose(-1, -2)


def mirrored(positions: NDArray[np.int64], side: int) -> NDArray[np.int64]:
    """Return the indices that positions beyond a side's edges are mirrored to.

    The edge pixel is the mirror and is not repeated.

    Examples
    --------
    >>> mirrored(np.arange(-2, 6), 4).tolist()
    [2, 1, 0, 1, 2, 3, 2, 1]
    """
    period = max(2 * side - 2, 1)
    index: NDArray[np.int64] = np.abs(positions) % period
    mirror: NDArray[np.int64] = np.minimum(index, period - index)
    return mirror


def mirroring(side: int, reach: int) -> Tensor:
    """Return the (1, side + 2 reach, side) matrix that adds mirror images at a side's ends."""
    return torch.eye(side)[mirrored(np.arange(-reach, side + reach), side)][None]


def bilinear(
    first: Tensor,
    extent: Tensor,
    size: int,
    out: int | None = None,
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """Return the matrices that crop a side and resize what is left to `out` bilinearly.

    Parameters
    ----------
    first : (n,) tensor
        First index that is kept.
    extent : (n,) tensor
        How many indices are kept.
    size, out : int
        Side before and after, in pixels; `out` defaults to `size`.
    dtype : torch.dtype
        The type to compute in.

    Returns
    -------
    (n, out, size) tensor
        Each row holds the two weights of its source pixels; they sum to one.
    """
    out = size if out is None else out
    first, extent = first[:, None].to(dtype), extent[:, None].to(dtype)
    centres = (torch.arange(out, device=first.device) + 0.5) * (extent / out) - 0.5
    source = first + centres.clamp(min=0).minimum(extent - 1)
    distance = (source[:, :, None] - torch.arange(size, device=first.device)).abs()
    return (1 - distance).clamp(min=0)
