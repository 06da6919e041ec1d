"""Rounding to the 8 bits that a published image has."""

from typing import Any, overload

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


@overload
def to_8_bits(values: Tensor) -> Tensor: ...
@overload
def to_8_bits(values: NDArray[Any]) -> NDArray[np.uint8]: ...
def to_8_bits(values: Tensor | NDArray[Any]) -> Tensor | NDArray[np.uint8]:
    """Clip values to 0–255 and round them to whole numbers, a half to the nearest even one.

    Parameters
    ----------
    values : tensor or array
        Of any shape, on the 0–255 scale.

    Returns
    -------
    uint8 tensor or array
        Of the same shape; a tensor on the same device, and without a gradient.

    Examples
    --------
    >>> to_8_bits(np.array([-3.0, 0.5, 1.5, 254.6, 300.0])).tolist()
    [0, 0, 2, 255, 255]
    """
    if isinstance(values, Tensor):
        return values.detach().clamp(0, 255).round().to(torch.uint8)
    rounded: NDArray[np.uint8] = np.rint(np.clip(values, 0, 255)).astype(np.uint8)
    return rounded
