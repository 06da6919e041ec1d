"""Checks of what a problem holds for each head."""

import numpy as np
import torch
from torch import Tensor

from aip.errors import BadInput


def check_column(
    column: Tensor, n: int, dtype: torch.dtype, device: torch.device, *, where: str
) -> None:
    """Refuse what is not an (n,) tensor of a type, on the device of the heads."""
    if not isinstance(column, Tensor) or column.shape != (n,) or column.dtype != dtype:
        raise BadInput(
            f"{where}: found {_described(column)}, expected a {dtype} tensor of shape ({n},)"
        )
    if column.device != device:
        raise BadInput(f"{where}: found it on {column.device}, and x on {device}")


def _described(values: object) -> str:
    if isinstance(values, Tensor | np.ndarray):
        return f"{values.dtype} of shape {tuple(values.shape)}"
    return type(values).__name__
