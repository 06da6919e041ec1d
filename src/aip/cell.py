"""Cells: published heads met by a recogniser strategy, scored."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from aip.artifacts import ImageReader, Provenance, RowWriter, reading, write_column, writing
from aip.blocks import blocks
from aip.device import describe, move
from aip.draws import generator
from aip.heads import Heads
from aip.process import Copies, process
from aip.recognise.recogniser import Recogniser, to_input


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
        How many draws the image stands for: all of them where the kind draws nothing.
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
            rounded = drawn.clamp(0, 255).round().to(torch.uint8)
            yield rounded[0].permute(1, 2, 0).numpy(), 1


def scores(
    recogniser: Recogniser,
    images: ImageReader,
    numbers: NDArray[np.int64],
    copies: Copies,
    seed: int,
    progress: Callable[[int], object],
) -> NDArray[np.float32]:
    """Score published heads, summed over the processed copies.

    Returns
    -------
    (n, identities) float32 array
    """
    total = np.zeros((len(numbers), len(recogniser.identities)), np.float32)
    waiting: list[tuple[int, torch.Tensor, int]] = []

    def score(batch: Sequence[tuple[int, torch.Tensor, int]]) -> None:
        for block, valid in blocks(len(batch)):
            inputs = move(torch.stack([batch[i][1] for i in block]), recogniser.device)
            with torch.inference_mode():
                found = recogniser(inputs).cpu().numpy()
            for i, values in zip(block[:valid], found, strict=False):
                head, _, weight = batch[i]
                total[head] += weight * values

    for head, number in enumerate(numbers):
        for image, weight in processed(images[head], int(number), copies, seed):
            waiting.append((head, to_input(image, recogniser.input_size), weight))
        if len(waiting) >= 256:
            score(waiting)
            waiting.clear()
        progress(1)
    score(waiting)
    return total


def write_cell(
    path: Path,
    perturbations: Sequence[Path],
    heads: Heads,
    recognisers: Sequence[Recogniser],
    copies: Copies,
    provenance: Provenance,
    progress: Callable[[int], object],
) -> None:
    """Score every shard of a user strategy's published heads into one cell, shard by shard.

    Parameters
    ----------
    path : Path
        The HDF5 file to write: ``id``, ``split``, ``label``, ``scores``, ``predicted``,
        ``identities``, and the attributes ``recognition_rate``, ``heads`` and ``device``.
    perturbations : sequence of Path
        The shards, in order.
    heads : Heads
        Who the heads really are.
    recognisers : sequence of Recogniser
        Who scores each shard: the recogniser whose SVM the other split taught.
    copies : tuple of (kind, count)
        How it processes.
    provenance : Provenance
    progress : callable
        Called with the number of heads done since its last call.
    """
    ids = np.concatenate([_ids(shard) for shard in perturbations])
    label = recognisers[0].labels(heads.identity[ids - 1])
    highest = []
    with writing(path, provenance) as file:
        total = RowWriter(file, "scores", len(ids))
        for shard, recogniser in zip(perturbations, recognisers, strict=True):
            with reading(shard) as published:
                numbers, images = published["id"][()], ImageReader(published["images"])
                found = scores(recogniser, images, numbers, copies, provenance.seed, progress)
            total.append(found)
            highest.append(found.argmax(axis=1))
        predicted = np.concatenate(highest)
        write_column(file, "id", ids)
        write_column(file, "split", heads.split[ids - 1])
        write_column(file, "label", label)
        write_column(file, "predicted", predicted)
        write_column(file, "identities", recognisers[0].identities)
        file.attrs["recognition_rate"] = float((predicted == label).mean())
        file.attrs["heads"] = len(ids)
        file.attrs["device"] = describe(recognisers[0].device)


def _ids(shard: Path) -> NDArray[np.int64]:
    with reading(shard) as file:
        ids: NDArray[np.int64] = file["id"][()]
        return ids
