"""V: total variation denoising (Rudin, Osher and Fatemi 1992; Guo et al. 2018)."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from aip.compute.device import move
from aip.process import Range, Role

RANGE = (5, 15)  # of the weight; σ = 10 noise is best removed from a face by 5–10
ITERATIONS = 20
STEP = 0.25  # the largest that converges, for a gradient in two directions
TINY = 1e-12  # below any squared gradient that matters; a root of zero has no derivative


def total_variation(
    images: Tensor,
    generators: Sequence[np.random.Generator],
    role: Role,  # noqa: ARG001
    within: Range = RANGE,
) -> Tensor:
    """Reduce the total variation Σ|∇u| of every channel, staying near the image x.

    Minimises ½‖u − x‖² + λ Σ|∇u| over u by a fixed number of steps of the dual projection of
    Chambolle (2004), with a uniform weight λ per image, in units of the 0–255 scale. The gradient
    is that of the steps. Parameters as in `aip.process`.
    """
    drawn = torch.tensor([rng.uniform(*within) for rng in generators], dtype=images.dtype)
    weights = move(drawn, images.device)[:, None, None, None]
    down, right = torch.zeros_like(images), torch.zeros_like(images)
    u = images
    for _ in range(ITERATIONS):
        # Forward differences, zero at the last row and column.
        by_row = pad(u.diff(dim=-2), (0, 0, 0, 1))
        by_column = pad(u.diff(dim=-1), (0, 1))
        length = (by_row.square() + by_column.square()).clamp(min=TINY).sqrt()
        shrink = 1 + STEP * length / weights
        down, right = (down + STEP * by_row) / shrink, (right + STEP * by_column) / shrink
        u = images + _divergence(down, right)
    return u


def _divergence(down: Tensor, right: Tensor) -> Tensor:
    """Return minus the adjoint of the forward differences."""
    return down.diff(dim=-2, prepend=torch.zeros_like(down[..., :1, :])) + right.diff(
        dim=-1, prepend=torch.zeros_like(right[..., :1])
    )
