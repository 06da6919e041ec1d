"""Cells: published heads met by a recogniser strategy, scored."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aip.album.heads import Heads
from aip.compute.device import describe
from aip.process import Copies
from aip.recognise.finding import Finding
from aip.recognise.lessons import WithLessons
from aip.recognise.recogniser import Recogniser
from aip.recognise.scoring import summed_scores
from aip.store.hdf5 import ImageReader, RowWriter, reading, write_column, writing
from aip.store.provenance import Provenance

NOBODY = -1  # the prediction for a head that is not looked at


def write_cell(
    path: Path,
    perturbations: Sequence[Path],
    heads: Heads,
    recognisers: Sequence[Recogniser],
    copies: Copies,
    provenance: Provenance,
    progress: Callable[[int], object],
    finding: Finding | None = None,
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
    finding : Finding, optional
        How recognisers with a template find landmarks in what is published. The file then also
        holds ``found``, 0 for a head that is not looked at because no face is found in any copy of
        it; it has the scores −∞, the prediction −1 and is not recognised.
    clean : bool
        Whether the same heads are looked at as they were before publishing.
    """
    ids = np.concatenate([_ids(shard) for shard in perturbations])
    positions = heads.positions(ids)
    label = recognisers[0].labels(heads.identity[positions])
    highest, found = [], []
    with writing(path, provenance) as file:
        total = RowWriter(file, "scores", len(ids))
        for shard, recogniser in zip(perturbations, recognisers, strict=True):
            with reading(shard) as published:
                numbers, seed = published["id"][()], provenance.seed
                images: ImageReader | WithLessons = ImageReader(published["images"])
                if clean:
                    images = WithLessons(heads, heads.positions(numbers), [])
                scores = summed_scores(recogniser, images, numbers, copies, seed, progress, finding)
            total.append(scores)
            found.append(np.isfinite(scores).any(axis=1))
            highest.append(np.where(found[-1], scores.argmax(axis=1), NOBODY))
        predicted = np.concatenate(highest)
        write_column(file, "id", ids)
        write_column(file, "split", heads.split[positions])
        write_column(file, "label", label)
        write_column(file, "predicted", predicted)
        write_column(file, "identities", recognisers[0].identities)
        if finding is not None:
            write_column(file, "found", np.concatenate(found))
        file.attrs["recognition_rate"] = float((predicted == label).mean())
        file.attrs["heads"] = len(ids)
        file.attrs["device"] = describe(recognisers[0].device)


def _ids(shard: Path) -> NDArray[np.int64]:
    with reading(shard) as file:
        ids: NDArray[np.int64] = file["id"][()]
        return ids
