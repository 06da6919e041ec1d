"""Which heads of a cell count as recognised: at a rank, or by a payoff with a threshold."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from aip.errors import BadInput
from aip.game.payoff import Payoff, read_thresholds
from aip.game.rank import is_within

BLOCK = 1024  # heads whose scores are in memory at once


class Counting:
    """Counts heads of cells; it reads each file of impostor scores once.

    Parameters
    ----------
    rank : int
        Among how many of the highest scores the true identity counts as recognised.
    payoff : Payoff, optional
        What counts instead, at a threshold.
    """

    def __init__(self, rank: int = 1, payoff: Payoff | None = None) -> None:
        self._rank, self._payoff = rank, payoff
        self._thresholds: dict[Path, dict[int, np.float32]] = {}

    def recognised(
        self, file: h5py.File, cell: Path, impostors: Path | None = None
    ) -> NDArray[np.bool_]:
        """Say whether each head of a cell counts as recognised, block by block.

        Parameters
        ----------
        file : File
            The cell, open.
        cell : Path
            Where it lies.
        impostors : Path, optional
            With a payoff, the impostor scores of the cell's column.

        Raises
        ------
        BadInput
            The cell scores fewer people than the rank, or there are too few impostor scores.
        """
        label, people = file["label"][()], len(file["identities"])
        if self._rank > people:
            raise BadInput(
                f"rank: found {self._rank}, expected at most the {people} people that {cell} scores"
            )
        if self._payoff is not None and impostors is not None:
            threshold = self._threshold(file["split"][()], impostors, self._payoff.fmr)
            payoff, rank = self._payoff, self._rank
            return self._by_block(
                file, label, lambda s, some: payoff.counts(s, label[some], rank, threshold[some])
            )
        if self._rank == 1:  # the highest score is known without reading any
            found: NDArray[np.bool_] = file["predicted"][()] == label
            return found
        return self._by_block(file, label, lambda s, some: is_within(s, label[some], self._rank))

    def _by_block(
        self,
        file: h5py.File,
        label: NDArray[np.int64],
        counts: Callable[[Any, slice], NDArray[np.bool_]],
    ) -> NDArray[np.bool_]:
        blocks = (slice(start, start + BLOCK) for start in range(0, len(label), BLOCK))
        return np.concatenate([counts(file["scores"][some], some) for some in blocks])

    def _threshold(
        self, split: NDArray[np.int8], impostors: Path, fmr: float
    ) -> NDArray[np.float32]:
        """Return each head's threshold, that of its split, (n,)."""
        if impostors not in self._thresholds:
            self._thresholds[impostors] = read_thresholds(impostors, fmr)
        return np.array([self._thresholds[impostors][int(each)] for each in split], np.float32)
