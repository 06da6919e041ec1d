"""Cells: published heads met by a recogniser strategy, scored."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aip.album.heads import Heads
from aip.compute.device import describe
from aip.process import Copies
from aip.recognise.lessons import WithLessons
from aip.recognise.recogniser import Recogniser
from aip.recognise.scoring import summed_scores
from aip.store.hdf5 import ImageReader, RowWriter, reading, write_column, writing
from aip.store.provenance import Provenance


def write_cell(
    path: Path,
    perturbations: Sequence[Path],
    heads: Heads,
    recognisers: Sequence[Recogniser],
    copies: Copies,
    provenance: Provenance,
    progress: Callable[[int], object],
    *,
    clean: bool = False,
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
        The clean heads, with their true identities.
    recognisers : sequence of Recogniser
        Who scores each shard: the recogniser whose SVM the other split taught.
    copies : tuple of (kind, count)
        How the recogniser strategy processes the heads.
    provenance : Provenance
    progress : callable
        Called with the number of heads done since its last call.
    clean : bool
        Whether the same heads are looked at as they were before publishing.
    """
    ids = np.concatenate([_ids(shard) for shard in perturbations])
    positions = heads.positions(ids)
    label = recognisers[0].labels(heads.identity[positions])
    highest = []
    with writing(path, provenance) as file:
        total = RowWriter(file, "scores", len(ids))
        for shard, recogniser in zip(perturbations, recognisers, strict=True):
            with reading(shard) as published:
                numbers, seed = published["id"][()], provenance.seed
                images: ImageReader | WithLessons = ImageReader(published["images"])
                if clean:
                    images = WithLessons(heads, heads.positions(numbers), [])
                found = summed_scores(recogniser, images, numbers, copies, seed, progress)
            total.append(found)
            highest.append(found.argmax(axis=1))
        predicted = np.concatenate(highest)
        write_column(file, "id", ids)
        write_column(file, "split", heads.split[positions])
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
