"""Heads of several native sizes in one batch, and what a recogniser makes of them when published.

They share a canvas as large as the largest of them: each lies in the top left corner of its own,
which is 0 beyond it. What is computed of a head is computed of it alone, in memory of its own, so
that not even rounding depends on the heads beside it.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from aip.process import process
from aip.process.resize import resize_reproducibly
from aip.process.rounding import to_8_bits
from aip.process.straight_through import straight_through

Sizes = tuple[tuple[int, int], ...]  # height and width of each head, in pixels


def canvas(images: Sequence[Tensor]) -> Tensor:
    """Put (3, h, w) images into the top left corners of one (n, 3, height, width) canvas."""
    height, width = (max(image.shape[axis] for image in images) for axis in (1, 2))
    padded = [
        pad(image, (0, width - image.shape[2], 0, height - image.shape[1])) for image in images
    ]
    return torch.stack(padded)


def uncovered(canvas: Tensor, sizes: Sizes) -> list[Tensor]:
    """Return each head of an (n, 3, height, width) canvas, as a (1, 3, h, w) tensor of its own."""
    return [
        image[..., :height, :width].clone(memory_format=torch.contiguous_format)
        for image, (height, width) in zip(torch.split(canvas, 1), sizes, strict=True)
    ]


def as_recognised(
    canvas: Tensor,
    sizes: Sizes,
    kind: str,
    generators: Sequence[np.random.Generator],
    input_size: tuple[int, int],
) -> Tensor:
    """Return what a net is shown of heads that are published: its inputs, with a gradient.

    As `aip.recognise.scoring.processed` and `aip.recognise.recogniser.to_input` have it, and to the
    bit: rounded to 8 bits, processed at native size, rounded again, and resized. The gradient
    passes straight through rounding.

    Parameters
    ----------
    canvas : (n, 3, height, width) float tensor
        The perturbed heads, 0–255.
    sizes : tuple of (height, width)
    kind : str
        The processing, with the user's parameters.
    generators : sequence of numpy.random.Generator
        One per head.
    input_size : (height, width)

    Returns
    -------
    (n, 3, *input_size) float tensor
    """
    inputs = []
    for head, rng in zip(uncovered(rounded(canvas), sizes), generators, strict=True):
        seen = head if kind == "O" else rounded(process(kind)(head, [rng], "user"))
        inputs.append(resize_reproducibly(seen, *input_size))
    return torch.cat(inputs)


def rounded(images: Tensor) -> Tensor:
    """Round images to the 8 bits that are published; the gradient passes straight through."""
    return straight_through(images, to_8_bits(images))
