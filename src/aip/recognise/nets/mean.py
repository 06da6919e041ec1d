"""Reading the mean image that a Caffe net subtracts from its input."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from aip.errors import BadInput
from aip.store.files import check_plain

LARGEST = 2**28  # bytes of a file; Caffe's own mean has 1.5 million


def read_mean(path: Path) -> Tensor:
    """Read a mean image in Caffe's layout, and average it over its pixels.

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
        check_plain(path, LARGEST, "a mean of numpy.save")
        found = np.load(path, allow_pickle=False)
    except BadInput:
        raise
    except FileNotFoundError:
        raise BadInput(f"{path}: the mean is missing") from None
    except Exception:  # numpy raises many types for a file that it cannot read
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
