"""Separable linear maps of images: a matrix for the rows, a matrix for the columns."""

import torch
from torch import Tensor


def separable(images: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Apply Y = R X Cᵀ to every channel, each image with its own matrices.

    Translation, blur, cropping and resizing are all of this form, which makes them one batched
    matrix product whatever is drawn per image, with the exact adjoint as their gradient.

    Parameters
    ----------
    images : (n, 3, height, width) tensor
    rows : (n, height', height) tensor
    columns : (n, width', width) tensor

    Returns
    -------
    (n, 3, height', width') tensor
    """
    return rows[:, None] @ images @ columns[:, None].transpose(-1, -2)


def bilinear(first: Tensor, extent: Tensor, size: int, out: int | None = None) -> Tensor:
    """Return the matrices that crop a side and resize what is left to `out` bilinearly.

    Parameters
    ----------
    first : (n,) tensor
        First index that is kept.
    extent : (n,) tensor
        How many indices are kept.
    size, out : int
        Side before and after, in pixels; `out` defaults to `size`.

    Returns
    -------
    (n, out, size) float32 tensor
        Each row holds the two weights of its source pixels; they sum to one.
    """
    out = size if out is None else out
    first, extent = first[:, None].float(), extent[:, None].float()
    centres = (torch.arange(out, device=first.device) + 0.5) * (extent / out) - 0.5
    source = first + centres.clamp(min=0).minimum(extent - 1)
    distance = (source[:, :, None] - torch.arange(size, device=first.device)).abs()
    return (1 - distance).clamp(min=0)
