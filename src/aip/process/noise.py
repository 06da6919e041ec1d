"""N: additive Gaussian noise (Oh et al. 2017, section 4.2)."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from aip.compute.device import move
from aip.process import Range, Role

RANGE = (10, 10)  # of σ, on the 0–255 scale; the paper's is fixed


def noise(
    images: Tensor,
    generators: Sequence[np.random.Generator],
    role: Role,  # noqa: ARG001
    within: Range = RANGE,
) -> Tensor:
    """Add Gaussian noise to every value, with one uniformly drawn standard deviation per image.

    Parameters as in `aip.process`; the result may leave 0–255.
    """
    shape = images.shape[1:]
    drawn = np.stack([rng.standard_normal(shape, dtype=np.float32) for rng in generators])
    # Drawn after the noise, so that a range changes the noise's scale and nothing else.
    scale = torch.tensor([rng.uniform(*within) for rng in generators], dtype=images.dtype)
    noises, sigmas = move(torch.from_numpy(drawn), images.device), move(scale, images.device)
    return images + sigmas[:, None, None, None] * noises.to(images.dtype)
