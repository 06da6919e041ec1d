"""Process published heads as a recogniser strategy does, and score them."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from aip.compute.blocks import blocks
from aip.compute.device import move
from aip.compute.draws import generator
from aip.process import Copies, process
from aip.process.rounding import to_8_bits
from aip.recognise.finding import Finding, inputs_of
from aip.recognise.interface import count_identities, device_of
from aip.recognise.lessons import WithLessons
from aip.recognise.recogniser import Recogniser, to_input
from aip.store.hdf5 import ImageReader

WAITING = 256  # inputs that are collected before they are scored


def processed(
    head: NDArray[np.uint8], number: int, copies: Copies, seed: int
) -> Iterator[tuple[NDArray[np.uint8], int]]:
    """Process a published head as the recogniser does: at native size, rounded to 8 bits.

    Parameters
    ----------
    head : (height, width, 3) uint8 array
    number : int
        The head's number, which keys the draws.
    copies : tuple of (kind, count)
    seed : int

    Yields
    ------
    image : (height, width, 3) uint8 array
    weight : int
        How many draws the image stands for: all of them if the kind is not random.
    """
    image = torch.from_numpy(head).permute(2, 0, 1)[None].float()
    for kind, count in copies:
        if kind == "O":
            yield head, count
            continue
        for draw in range(count):
            drawn = process(kind)(
                image, [generator(seed, "recogniser", kind, number, draw)], "recogniser"
            )
            yield to_8_bits(drawn)[0].permute(1, 2, 0).numpy(), 1


def summed_scores(
    net: nn.Module,
    images: ImageReader | WithLessons | Sequence[NDArray[np.uint8]],
    numbers: NDArray[np.int64],
    copies: Copies,
    seed: int,
    progress: Callable[[int], object],
    finding: Finding | None = None,
) -> NDArray[np.float32]:
    """Score published heads, summed over the processed copies.

    Parameters
    ----------
    net : Module
        A `Recogniser`; or any other net, whose heads are then all of one size.
    images : sequence of (height, width, 3) uint8 arrays
        At least one, unless the net is a `Recogniser`.
    numbers : (n,) int64 array
        The heads' numbers.
    copies : tuple of (kind, count)
    seed : int
    progress : callable
        Called with the number of heads done since its last call.
    finding : Finding, optional
        How a `Recogniser` with a template finds landmarks in what it processed; without it, the net
        sees heads resized.

    Returns
    -------
    (n, identities) float32 array
        −∞ for a head of which no copy was looked at.
    """
    size = net.input_size if isinstance(net, Recogniser) else images[0].shape[:2]
    device = device_of(net)
    identities = (
        len(net.identities)
        if isinstance(net, Recogniser)
        else count_identities(net, move(to_input(images[0], size)[None], device))
    )
    total = np.zeros((len(numbers), identities), np.float32)
    waiting: list[tuple[int, Tensor, int]] = []

    def score_all(batch: Sequence[tuple[int, Tensor, int]]) -> None:
        for block, valid in blocks(len(batch)):
            inputs = move(torch.stack([batch[i][1] for i in block]), device)
            with torch.inference_mode():
                found = net(inputs).cpu().numpy()
            for i, values in zip(block[:valid], found, strict=False):
                head, _, weight = batch[i]
                total[head] += weight * values

    for head, number in enumerate(numbers):
        shown = list(processed(images[head], int(number), copies, seed))
        inputs = inputs_of(net, [image for image, _ in shown], size, finding)
        looked_at = [
            (head, image, weight)
            for image, (_, weight) in zip(inputs, shown, strict=True)
            if image is not None
        ]
        if not looked_at:
            total[head] = -np.inf
        waiting += looked_at
        if len(waiting) >= WAITING:
            score_all(waiting)
            waiting.clear()
        progress(1)
    score_all(waiting)
    return total
