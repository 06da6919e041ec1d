"""Heads of several native sizes in one batch, and what a recogniser makes of them when published.

They share a canvas as large as the largest of them: each lies in the top left corner of its own,
which is 0 beyond it. What is computed of a head is computed of it alone, in memory of its own, so
that not even rounding depends on the heads beside it.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import pad

from aip.process import Places
from aip.process.following import process_following
from aip.process.resize import resize_reproducibly
from aip.process.rounding import to_8_bits
from aip.process.straight_through import straight_through

Sizes = tuple[tuple[int, int], ...]  # height and width of each head, in pixels
View = Callable[[Tensor, Places | None], Tensor]  # a head and its landmarks to a net's input


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
    view: View,
    landmarks: NDArray[np.float64] | None = None,
) -> Tensor:
    """Return what a net is shown of heads that are published: its inputs, with a gradient.

    As `aip.recognise.scoring` has it, and to the bit where it finds the same landmarks: rounded to
    8 bits, processed at native size, rounded again, and brought to the net's input. The gradient
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
    view : callable
        Brings a (1, 3, h, w) head, with its landmarks, to the net's input, such as
        `aip.recognise.recogniser.Recogniser.view`.
    landmarks : (n, 5, 2) array, optional
        Of the heads before processing; they are followed through it.

    Returns
    -------
    (n, 3, height', width') float tensor
    """
    heads = uncovered(rounded(canvas), sizes)
    inputs = []
    for number, (head, rng) in enumerate(zip(heads, generators, strict=True)):
        seen, places = head, None if landmarks is None else landmarks[number]
        if kind != "O":
            processed, places = process_following(head, places, kind, rng, "user")
            seen = rounded(processed)
        inputs.append(view(seen, places))
    return torch.cat(inputs)


def resized_to(size: tuple[int, int]) -> View:
    """Return how a net that is no recogniser sees heads: all at one (height, width)."""
    return lambda head, _: resize_reproducibly(head, *size)


def rounded(images: Tensor) -> Tensor:
    """Round images to the 8 bits that are published; the gradient passes straight through."""
    return straight_through(images, to_8_bits(images))
