"""L: non-local means denoising (Buades, Coll and Morel 2005; Xu et al. 2018, section III-B)."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from aip.compute.device import move
from aip.process import Range, Role
from aip.process.separable import mirroring, separable

RANGE = (8, 15)  # of the strength h; σ = 5 noise is best removed from a face by 8, σ = 10 by 15
REACH = 3  # of the search, in pixels to either side
PATCH = 1  # of the patches that are compared, in pixels to either side
CUTOFF = 5.0  # squared distance, in units of h², from which a patch counts nothing


def non_local_means(
    images: Tensor,
    generators: Sequence[np.random.Generator],
    role: Role,  # noqa: ARG001
    within: Range = RANGE,
) -> Tensor:
    """Average each pixel with those of a 7×7 window whose 3×3 patches look like its own.

    A pixel whose patch differs by d² in the mean over its values has the weight exp(−d²/h²), with
    a uniform h per image. The image is mirrored at its edges, about the edge pixel. The gradient
    is that of the average, with the weights held fixed. Parameters as in `aip.process`.
    """
    drawn = torch.tensor([rng.uniform(*within) for rng in generators], dtype=images.dtype)
    strength = move(drawn, images.device)[:, None, None, None]
    side = 2 * REACH + 1
    shifts = [(down, right) for down in range(side) for right in range(side)]
    height, width = images.shape[-2:]
    with torch.no_grad():
        weights = _weights(images, strength, shifts)
    window = _mirrored(images, REACH)
    total = torch.zeros_like(images)
    for weight, (down, right) in zip(weights, shifts, strict=True):
        total = total + weight * window[..., down : down + height, right : right + width]
    return total / torch.stack(weights).sum(0)


def _weights(images: Tensor, strength: Tensor, shifts: list[tuple[int, int]]) -> list[Tensor]:
    """Return the (n, 1, height, width) weight of the pixel at each shift."""
    height, width = (side + 2 * PATCH for side in images.shape[-2:])
    padded = _mirrored(images, REACH + PATCH)
    own = padded[..., REACH : REACH + height, REACH : REACH + width]
    weights = []
    for down, right in shifts:
        other = padded[..., down : down + height, right : right + width]
        apart = (own - other).square().mean(1, keepdim=True)
        distance = avg_pool2d(apart, 2 * PATCH + 1, stride=1) / strength.square()
        weights.append((-distance).exp() * (distance <= CUTOFF))
    return weights


def _mirrored(images: Tensor, reach: int) -> Tensor:
    """Return images with their mirror images about them."""
    return separable(images, *(mirroring(side, reach) for side in images.shape[-2:]))
