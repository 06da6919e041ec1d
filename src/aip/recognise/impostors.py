"""Impostor scores: heads of people who were not enrolled, met by a recogniser strategy."""

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
from aip.store.hdf5 import RowWriter, write_column, writing
from aip.store.provenance import Provenance


def write_impostors(
    path: Path,
    heads: Heads,
    positions: NDArray[np.int64],
    recognisers: Sequence[Recogniser],
    splits: Sequence[int],
    copies: Copies,
    provenance: Provenance,
    progress: Callable[[int], object],
    finding: Finding | None = None,
) -> None:
    """Score heads of other people, clean, as a recogniser strategy scores published heads.

    Parameters
    ----------
    path : Path
        The HDF5 file to write: ``id``, ``split``, ``scores`` and ``identities`` as in a cell, once
        for each recogniser; the attributes ``heads``, ``people`` and ``device``.
    heads : Heads
    positions : (n,) int64 array
        Which heads, as positions into `heads`; none of an enrolled person.
    recognisers : sequence of Recogniser
        The recogniser with the classifier of each direction.
    splits : sequence of int
        For each of them, the split that is attacked and that its threshold is for.
    copies : tuple of (kind, count)
        How the recogniser strategy processes heads.
    provenance : Provenance
    progress : callable
        Called with the number of heads done since its last call.
    finding : Finding, optional
        How recognisers with a template find landmarks, as for a cell; a head that is not looked at
        has the scores −∞.
    """
    ids, chosen = heads.id[positions], WithLessons(heads, positions, [])
    with writing(path, provenance) as file:
        scores = RowWriter(file, "scores", len(ids) * len(recognisers))
        for recogniser in recognisers:
            seed = provenance.seed
            scores.append(summed_scores(recogniser, chosen, ids, copies, seed, progress, finding))
        write_column(file, "id", np.tile(ids, len(recognisers)))
        write_column(file, "split", np.repeat(np.array(splits, np.int8), len(ids)))
        write_column(file, "identities", recognisers[0].identities)
        file.attrs["heads"] = len(ids)
        file.attrs["people"] = len(np.unique(heads.identity[positions]))
        file.attrs["device"] = describe(recognisers[0].device)
