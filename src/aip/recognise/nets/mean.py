"""The mean image that a net was taught to see subtracted, from a file."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from aip.errors import BadInput


def read_mean(path: Path) -> Tensor:
    """Read a mean image as Caffe keeps it, and average it over its pixels.

    Parameters
    ----------
    path : Path
        A file of `numpy.save` with (3, height, width) or (3,) numbers: blue, green and red, on
        the 0–255 scale.

    Returns
    -------
    (3,) float32 tensor
        Red, green and blue.

    Raises
    ------
    BadInput
        The file is missing, holds something else, or has values beyond 0–255.
    """
    try:
        found = np.load(path, allow_pickle=False)
    except FileNotFoundError:
        raise BadInput(f"{path}: the mean is missing") from None
    except Exception:  # numpy raises many kinds for a file that it cannot read
        raise BadInput(f"{path}: not an array of numbers of numpy.save") from None
    if not isinstance(found, np.ndarray) or found.dtype.kind not in "fiu":
        raise BadInput(f"{path}: not an array of numbers of numpy.save")
    if found.shape[:1] != (3,) or found.ndim not in (1, 3) or not found.size:
        raise BadInput(
            f"{path}: expected a mean of shape (3, height, width) or (3,), found {found.shape}"
        )
    if not (np.isfinite(found) & (found >= 0) & (found <= 255)).all():
        raise BadInput(f"{path}: expected a mean of values between 0 and 255, found others")
    mean = found.reshape(3, -1).mean(axis=1, dtype=np.float64)
    return torch.tensor(mean[::-1].copy(), dtype=torch.float32)
