"""N: additive Gaussian noise (Oh et al. 2017, section 4.2)."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from aip.process import Role

SIGMA = 10.0  # on the 0–255 scale


def noise(images: Tensor, generators: Sequence[np.random.Generator], role: Role) -> Tensor:  # noqa: ARG001
    """Add independent Gaussian noise of standard deviation 10 to every value.

    Parameters as in `aip.process`; the result may leave 0–255.
    """
    shape = images.shape[1:]
    drawn = np.stack([rng.standard_normal(shape, dtype=np.float32) for rng in generators])
    return images + SIGMA * torch.from_numpy(drawn).to(images.device)
