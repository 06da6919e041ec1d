"""U: sharpening by an unsharp mask, as photo programs and services apply after they shrink."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from aip.compute.device import move
from aip.process import Range, Role
from aip.process.gaussian import smoothing
from aip.process.separable import separable

RANGE = (50, 150)  # of the amount, in percent
SIGMA = 1.0  # of the mask, in pixels
REACH = 4  # of the mask, in pixels; beyond, a Gaussian is below 0.04 % of its top


def sharpen(
    images: Tensor,
    generators: Sequence[np.random.Generator],
    role: Role,  # noqa: ARG001
    within: Range = RANGE,
) -> Tensor:
    """Add to each image a uniform multiple of what a Gaussian blur takes from it.

    The image is mirrored at its edges, about the edge pixel. Parameters as in `aip.process`; the
    result may leave 0–255.
    """
    drawn = torch.tensor([rng.uniform(*within) / 100 for rng in generators], dtype=images.dtype)
    amounts = move(drawn, images.device)[:, None, None, None]
    rows, columns = (smoothing(SIGMA, REACH, side)[None] for side in images.shape[-2:])
    return images + amounts * (images - separable(images, rows, columns))
