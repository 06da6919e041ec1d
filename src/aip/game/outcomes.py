"""Whether each head was recognised in each cell of a game."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aip.game.table import Counts, Table
from aip.game.wilson import wilson
from aip.store.checksums import Damaged
from aip.store.hdf5 import read_text, reading, write_column, writing
from aip.store.provenance import Provenance


@dataclass(frozen=True)
class Outcomes:
    """The outcomes of a game.

    Attributes
    ----------
    id : (n,) int64 array
        The heads, in the cells' order.
    user, recogniser : tuple of str
        The rows' and the columns' names.
    recognised : (rows, columns, n) bool array
        Whether the recogniser strategy predicted the head's true identity.
    """

    id: NDArray[np.int64]
    user: tuple[str, ...]
    recogniser: tuple[str, ...]
    recognised: NDArray[np.bool_]

    def table(self) -> Table:
        """Return the payoff table, with counts and 95 % Wilson intervals."""
        n = len(self.id)
        recognised = self.recognised.sum(axis=2)
        intervals = wilson(recognised.flat, n).reshape(*recognised.shape, 2)
        counts = Counts(np.full(recognised.shape, n), recognised, intervals)
        return Table(self.user, self.recogniser, recognised / n, counts)


def gather_outcomes(
    cells: Sequence[Path], user: Sequence[str], recogniser: Sequence[str]
) -> Outcomes:
    """Read a game's outcomes from its cells, row by row.

    Raises
    ------
    BadInput
        A cell cannot be read.
    Damaged
        The cells do not hold the same heads.
    """
    with reading(cells[0]) as file:
        first = file["id"][()]
    recognised = np.empty((len(cells), len(first)), bool)
    for number, cell in enumerate(cells):
        with reading(cell) as file:
            ids = file["id"][()]
            if not np.array_equal(ids, first):
                raise Damaged(
                    cell, f"holds other heads ({len(ids)}) than {cells[0]} ({len(first)})"
                )
            recognised[number] = file["predicted"][()] == file["label"][()]
    stacked = recognised.reshape(len(user), len(recogniser), -1)
    return Outcomes(first, tuple(user), tuple(recogniser), stacked)


def write_outcomes(path: Path, outcomes: Outcomes, provenance: Provenance) -> None:
    """Write outcomes to an HDF5 file: ``id``, ``user``, ``recogniser``, ``recognised``."""
    with writing(path, provenance) as file:
        write_column(file, "id", outcomes.id)
        write_column(file, "user", outcomes.user)
        write_column(file, "recogniser", outcomes.recogniser)
        file.create_dataset(
            "recognised", data=outcomes.recognised, compression="gzip", fletcher32=True
        )


def read_outcomes(path: Path, table: Table) -> Outcomes:
    """Read the outcomes that a payoff table counts.

    Raises
    ------
    BadInput
        The file cannot be read.
    Damaged
        The table counts other outcomes.
    """
    with reading(path) as file:
        user, recogniser = (tuple(read_text(file, k).tolist()) for k in ("user", "recogniser"))
        outcomes = Outcomes(file["id"][()], user, recogniser, file["recognised"][()])
    same = (user, recogniser) == (table.user, table.recogniser)
    if not same or not np.array_equal(outcomes.recognised.mean(axis=2), table.rates):
        raise Damaged(path, "holds other outcomes than payoff.csv beside it counts")
    return outcomes
