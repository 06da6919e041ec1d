"""B: Gaussian blur with a random kernel (Oh et al. 2017, section 4.2)."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from aip.process import Role
from aip.process.gaussian import smoothing
from aip.process.separable import separable

KERNELS = {"user": (3, 5, 7, 9), "recogniser": (1, 3, 5, 7, 9)}


def blur(images: Tensor, generators: Sequence[np.random.Generator], role: Role) -> Tensor:
    """Blur each image with a kernel of random width k, σ = 0.3((k − 1)/2 − 1) + 0.8.

    The user draws k from {3, 5, 7, 9}, the recogniser from {1, 3, 5, 7, 9}. The image is mirrored
    at its edges, about the edge pixel. Parameters as in `aip.process`.
    """
    height, width = images.shape[-2:]
    kernels = [int(rng.choice(KERNELS[role])) for rng in generators]
    rows = torch.stack([_smoothing(kernel, height) for kernel in kernels])
    columns = torch.stack([_smoothing(kernel, width) for kernel in kernels])
    return separable(images, rows, columns)


def _smoothing(kernel: int, side: int) -> Tensor:
    return smoothing(0.3 * ((kernel - 1) / 2 - 1) + 0.8, kernel // 2, side)
