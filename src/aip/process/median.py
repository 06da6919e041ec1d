"""M: median filter with a random window (feature squeezing; Xu et al. 2018, section III-B)."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from aip.process import Role
from aip.process.separable import mirroring, separable

WINDOWS = (3, 5)


def median(images: Tensor, generators: Sequence[np.random.Generator], role: Role) -> Tensor:  # noqa: ARG001
    """Replace each value by the median of the k×k values about it in its channel.

    Each image draws its k from {3, 5}, and is mirrored at its edges, about the edge pixel.
    Parameters as in `aip.process`.
    """
    windows = [int(rng.choice(WINDOWS)) for rng in generators]
    pairs = zip(images.unbind(), windows, strict=True)
    return torch.cat([_filtered(image[None], window) for image, window in pairs])


def _filtered(image: Tensor, window: int) -> Tensor:
    height, width = image.shape[-2:]
    padded = separable(image, *(mirroring(side, window // 2) for side in (height, width)))
    shifted = torch.stack(
        [padded[..., i : i + height, j : j + width] for i in range(window) for j in range(window)],
        dim=-1,
    )
    values = shifted.median(dim=-1, keepdim=True).values
    # Where values tie, the gradient goes to the first of them, on every device.
    first = (shifted == values).to(torch.uint8).argmax(dim=-1, keepdim=True)
    return shifted.gather(-1, first)[..., 0]
