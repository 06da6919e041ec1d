"""From a perturbation at input size to a published head at native size."""

import math

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from aip.errors import BadInput
from aip.perturb.epsilon import REFERENCE
from aip.process.resize import resize
from aip.process.rounding import to_8_bits
from aip.recognise.interface import check_head


def publish(head: NDArray[np.uint8], r: Tensor) -> NDArray[np.uint8]:
    """Add a perturbation to a head at its native size: resize, add, clip, round to 8 bits.

    Parameters
    ----------
    head : (height, width, 3) uint8 array
    r : (3, s, s) float32 tensor

    Raises
    ------
    BadInput
        One of them is not as said here.
    """
    check_head(head, where="head")
    if not isinstance(r, Tensor) or not r.is_floating_point() or r.ndim != 3 or len(r) != 3:
        found = (
            f"{r.dtype} of shape {tuple(r.shape)}" if isinstance(r, Tensor) else type(r).__name__
        )
        raise BadInput(f"r: found {found}, expected a float tensor of shape (3, height, width)")
    height, width = head.shape[:2]
    native = resize(r[None], height, width)[0].permute(1, 2, 0).cpu().numpy()
    published: NDArray[np.uint8] = to_8_bits(head + native)
    return published


def reference_norm(head: NDArray[np.uint8], published: NDArray[np.uint8]) -> float:
    """Return the L2 norm of a change, scaled from native size to the reference input."""
    difference = published.astype(np.float64) - head
    scale = math.sqrt(math.prod(REFERENCE) / head[..., 0].size)
    return float(np.linalg.norm(difference)) * scale
