"""D: fewer bits per value (feature squeezing; Xu et al. 2018, section III-A)."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from aip.compute.device import move
from aip.process import Range, Role
from aip.process.straight_through import straight_through

RANGE = (3, 5)  # of the bits


def bit_depth(
    images: Tensor,
    generators: Sequence[np.random.Generator],
    role: Role,  # noqa: ARG001
    within: Range = RANGE,
) -> Tensor:
    """Round each value to the nearest of 2ᵇ levels from 0 to 255.

    Each image has its own b, a uniform integer of the range; the gradient passes straight through.
    Parameters as in `aip.process`.
    """
    bits = [int(rng.integers(*within, endpoint=True)) for rng in generators]
    levels = torch.tensor([2**b - 1 for b in bits], dtype=images.dtype)
    top = move(levels, images.device)[:, None, None, None]
    return straight_through(images, (images.clamp(0, 255) * top / 255).round() * 255 / top)
