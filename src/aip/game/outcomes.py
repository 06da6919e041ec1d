"""Whether each head was recognised in each cell of a game, and outside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aip.game.counting import Counting
from aip.game.payoff import Payoff
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
    identity : (n,) text array
        Who they are.
    user, recogniser : tuple of str
        The rows' and the columns' names.
    recognised : (rows, columns, n) bool array
        Whether the head counts as recognised: its true identity was among the recogniser strategy's
        highest scores, of which the game's rank says how many; or what the game's payoff says.
    outside : tuple of str
        The recogniser strategies that are scored and not played.
    met_outside : (rows, outside, n) bool array
        The same for these.
    missed : (rows, columns + outside) int64 array or None
        In how many heads the recogniser strategy found no face and did not look, so that they are
        not recognised; None if it looked at all heads in all cells.
    """

    id: NDArray[np.int64]
    identity: NDArray[np.str_]
    user: tuple[str, ...]
    recogniser: tuple[str, ...]
    recognised: NDArray[np.bool_]
    outside: tuple[str, ...]
    met_outside: NDArray[np.bool_]
    missed: NDArray[np.int64] | None = None

    @property
    def people(self) -> NDArray[np.int64]:
        """Whose head each is, (n,): people are numbered from 0, in the order of their names."""
        numbers: NDArray[np.int64] = np.unique(self.identity, return_inverse=True)[1]
        return numbers

    def outside_rates(self, user: NDArray[np.float64]) -> dict[str, float]:
        """Return the rate at which each outside strategy recognises heads of a mixture, (rows,)."""
        rates = user @ self.met_outside.mean(axis=2)
        return dict(zip(self.outside, rates.tolist(), strict=True))

    def table(self) -> Table:
        """Return the payoff table, with counts and 95 % Wilson intervals."""
        n = len(self.id)
        recognised = self.recognised.sum(axis=2)
        intervals = wilson(recognised.flat, n).reshape(*recognised.shape, 2)
        counts = Counts(np.full(recognised.shape, n), recognised, intervals)
        return Table(self.user, self.recogniser, recognised / n, counts)


def gather_outcomes(
    cells: Sequence[Path],
    user: Sequence[str],
    recogniser: Sequence[str],
    outside: Sequence[str] = (),
    rank: int = 1,
    payoff: Payoff | None = None,
    impostors: Sequence[Path] = (),
) -> Outcomes:
    """Read a game's outcomes from its cells, row by row.

    Parameters
    ----------
    cells : sequence of Path
        In each row, first the columns and then the outside strategies.
    user, recogniser, outside : sequence of str
        The names of the rows, the columns and the outside strategies.
    rank : int
        Among how many of the highest scores the true identity counts as recognised.
    payoff : Payoff, optional
        What counts instead, at a threshold.
    impostors : sequence of Path
        With a payoff, the impostor scores of each cell's column, in the order of the cells.

    Raises
    ------
    BadInput
        A cell cannot be read, or scores fewer people than the rank; or there are too few impostor
        scores.
    Damaged
        The cells do not hold the same heads.
    """
    with reading(cells[0]) as file:
        first = file["id"][()]
        identity = read_text(file, "identities")[file["label"][()]]
    recognised = np.empty((len(cells), len(first)), bool)
    counting = Counting(rank, payoff)
    missed = np.zeros(len(cells), np.int64)
    for number, cell in enumerate(cells):
        with reading(cell) as file:
            ids = file["id"][()]
            if not np.array_equal(ids, first):
                raise Damaged(
                    cell, f"holds other heads ({len(ids)}) than {cells[0]} ({len(first)})"
                )
            own = impostors[number] if impostors else None
            recognised[number] = counting.recognised(file, cell, own)
            missed[number] = (~file["found"][()]).sum() if "found" in file else 0
    stacked = recognised.reshape(len(user), len(recogniser) + len(outside), -1)
    played, met = np.split(stacked, [len(recogniser)], axis=1)
    names = tuple(user), tuple(recogniser), tuple(outside)
    return Outcomes(
        first,
        identity,
        *(names[0], names[1], played),
        *(names[2], met),
        missed.reshape(len(user), -1) if missed.any() else None,
    )


def write_outcomes(path: Path, outcomes: Outcomes, provenance: Provenance) -> None:
    """Write outcomes to an HDF5 file, each part of `Outcomes` under its name."""
    with writing(path, provenance) as file:
        for name in ("id", "identity", "user", "recogniser"):
            write_column(file, name, getattr(outcomes, name))
        write_column(file, "outside", np.array(outcomes.outside, dtype=str))
        for name in ("recognised", "met_outside"):
            values = getattr(outcomes, name)
            packed = {"compression": "gzip", "fletcher32": True} if values.size else {}
            file.create_dataset(name, data=values, **packed)
        if outcomes.missed is not None:
            write_column(file, "missed", outcomes.missed)


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
        user, recogniser, outside = (
            tuple(read_text(file, k).tolist()) for k in ("user", "recogniser", "outside")
        )
        outcomes = Outcomes(
            file["id"][()],
            read_text(file, "identity"),
            *(user, recogniser, file["recognised"][()]),
            *(outside, file["met_outside"][()]),
            file["missed"][()] if "missed" in file else None,
        )
    same = (user, recogniser) == (table.user, table.recogniser)
    if not same or not np.array_equal(outcomes.recognised.mean(axis=2), table.rates):
        raise Damaged(path, "holds other outcomes than payoff.csv beside it counts")
    return outcomes
