"""K: more or less contrast, as photo programs and services change it."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from aip.compute.device import move
from aip.process import Range, Role

RANGE = (70, 150)  # of the contrast, in percent
LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601, as in JPEG


def contrast(
    images: Tensor,
    generators: Sequence[np.random.Generator],
    role: Role,  # noqa: ARG001
    within: Range = RANGE,
) -> Tensor:
    """Scale each image's distance from its mean grey by a uniform factor.

    Parameters as in `aip.process`; the result may leave 0–255.
    """
    drawn = torch.tensor([rng.uniform(*within) / 100 for rng in generators], dtype=images.dtype)
    factors = move(drawn, images.device)[:, None, None, None]
    luma = move(torch.tensor(LUMA, dtype=images.dtype), images.device)[:, None, None]
    grey = (luma * images).sum(1, keepdim=True).mean((2, 3), keepdim=True)
    return grey + factors * (images - grey)
