"""S: shrink, as services that share photos do; the only kind that gives back a smaller image."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from aip.process import Places, Range, Role
from aip.process.resize import resize_reproducibly

RANGE = (50, 100)  # of the size, in percent


def shrink(
    images: Tensor,
    generators: Sequence[np.random.Generator],
    role: Role,  # noqa: ARG001
    within: Range = RANGE,
) -> Tensor:
    """Shrink each image by a uniform factor, to whole pixels, as `aip.process.resize` does.

    Both sides shrink by the same factor. The images of a batch must come out at one size, so where
    the factor is drawn they are given one by one (`aip.process.keeping_size`). Parameters as in
    `aip.process`.
    """
    sizes = [_draw(rng, within, *images.shape[-2:]) for rng in generators]
    pairs = zip(torch.split(images, 1), sizes, strict=True)
    return torch.cat([resize_reproducibly(image, *size) for image, size in pairs])


def follow(
    places: Places, rng: np.random.Generator, height: int, width: int, within: Range = RANGE
) -> Places:
    """Return where places lie in the smaller image; as `aip.process.following` has it."""
    rows, columns = _draw(rng, within, height, width)
    return (places + 0.5) * (columns / width, rows / height) - 0.5


def _draw(rng: np.random.Generator, within: Range, *sides: int) -> tuple[int, int]:
    factor = rng.uniform(*within) / 100
    height, width = (max(1, round(factor * side)) for side in sides)
    return height, width
