"""Overviews: tables of rates that are not solved, such as methods by nets, or transfer."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from aip.game.counting import Counting
from aip.game.payoff import Payoff
from aip.game.wilson import wilson
from aip.perturb.perceptibility import MeanPerceptibility
from aip.store.delimited import no_formula
from aip.store.files import whole
from aip.store.hdf5 import reading


@dataclass(frozen=True)
class Entry:
    """A cell of an overview.

    Attributes
    ----------
    user : str
        The user strategy that plays here.
    heads, recognised : int
    low, high : float
        The 95 % Wilson interval of the rate, as fractions.
    white_box : bool
        Whether the user perturbed against the recogniser that answers, and no other, and the
        highest score decides.
    seen : MeanPerceptibility
        How visible the user strategy is.
    """

    user: str
    heads: int
    recognised: int
    low: float
    high: float
    white_box: bool
    seen: MeanPerceptibility

    @property
    def rate(self) -> float:
        """The recognition rate, as a fraction."""
        return self.recognised / self.heads

    @property
    def unpublished(self) -> float | None:
        """The rate before publishing; it is known only for a white box."""
        return self.seen.unpublished if self.white_box else None


@dataclass(frozen=True)
class Overview:
    """Rows and columns of entries.

    Attributes
    ----------
    rows, columns : tuple of str
        User strategies or families of them; recogniser strategies.
    entries : tuple of tuple of Entry
    rank : int
        Among how many of the highest scores the identity counts as recognised.
    payoff : Payoff or None
        What counts instead, at a threshold.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    entries: tuple[tuple[Entry, ...], ...]
    rank: int = 1
    payoff: Payoff | None = None

    @property
    def by_column(self) -> bool:
        """Whether some row stands for different user strategies in different columns."""
        return any(len({entry.user for entry in row}) > 1 for row in self.entries)


def read_overview(
    cells: Sequence[Path],
    table: Mapping[str, Any],
    seen: Mapping[str, MeanPerceptibility],
    impostors: Sequence[Path] = (),
) -> Overview:
    """Read an overview from its cells, row by row.

    Parameters
    ----------
    cells : sequence of Path
    table : mapping
        ``user`` and ``recogniser``, the names of rows and columns; ``cells`` and ``white_box``,
        by row and column, the user strategy, and whether it perturbed against the recogniser; and
        ``rank`` and ``payoff`` where the highest score does not decide.
    seen : mapping
        How visible each user strategy is.
    impostors : sequence of Path
        With a payoff, the impostor scores of each cell's column, in the order of the cells.

    Raises
    ------
    BadInput
        As `aip.game.counting.Counting.recognised`.
    """
    rank, payoff = table.get("rank", 1), table.get("payoff")
    payoff = payoff and Payoff(**payoff)
    counting = Counting(rank, payoff)
    others: Sequence[Path | None] = impostors or [None] * len(cells)
    paths = zip(cells, others, strict=True)
    # Rates before publishing are those of the highest score.
    plain = rank == 1 and payoff is None
    entries = tuple(
        tuple(
            _entry(*next(paths), counting, user, white and plain, seen[user])
            for user, white in zip(users, whites, strict=True)
        )
        for users, whites in zip(table["cells"], table["white_box"], strict=True)
    )
    return Overview(tuple(table["user"]), tuple(table["recogniser"]), entries, rank, payoff)


def write_csv(path: Path, overview: Overview) -> None:
    """Write an overview, one line per entry; rates in percent, unknown values empty."""
    seen = [field.name for field in fields(MeanPerceptibility) if field.name != "unpublished"]
    header = ["row", "recogniser", "user", "heads", "recognised", "rate", "low", "high"]
    with whole(path) as beside, beside.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*header, "unpublished", *seen])
        for row, entries in zip(overview.rows, overview.entries, strict=True):
            for column, entry in zip(overview.columns, entries, strict=True):
                rates = (entry.rate, entry.low, entry.high, entry.unpublished)
                names = map(no_formula, (row, column, entry.user))
                writer.writerow(
                    [*names, entry.heads, entry.recognised]
                    + [None if rate is None else 100 * rate for rate in rates]
                    + [asdict(entry.seen)[name] for name in seen]
                )


def _entry(
    cell: Path,
    impostors: Path | None,
    counting: Counting,
    user: str,
    white_box: bool,
    seen: MeanPerceptibility,
) -> Entry:
    with reading(cell) as file:
        right = counting.recognised(file, cell, impostors)
    heads, recognised = len(right), int(right.sum())
    ((low, high),) = wilson([recognised], heads).tolist()
    return Entry(user, heads, recognised, low, high, white_box, seen)
