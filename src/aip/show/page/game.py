"""Games and tables as the page has them: what its template shows and its script computes with."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aip.errors import printable
from aip.game.charge import Charges
from aip.game.equilibrium import Equilibrium, read_equilibrium
from aip.game.outcomes import read_outcomes
from aip.game.table import Counts, Table, read_table
from aip.show import counted
from aip.show.tables import called, caption, exactness, guarantee


@dataclass(frozen=True)
class Shown:
    """A payoff table on the page.

    Attributes
    ----------
    title, name : str
        What it is, and its name.
    said : tuple of str
        Sentences about it.
    caption : str
    user, recogniser : tuple of str
        The names of rows and columns.
    rates : list of list of float
        Fractions, by row and column.
    counts : dict or None
        ``heads`` and ``recognised`` by row and column, ``intervals`` with both ends, as fractions.
    users : list of list of str, or None
        By row and column, the user strategy, where a row stands for several.
    rank : int
        Among how many of the highest scores an identity counts as recognised.
    called : str
        What the value is.
    value : float or None
        The guarantee as a fraction; None for a table that is not solved.
    mixtures : dict or None
        By side, the probability of each strategy.
    charge : dict or None
        By side, what each strategy is charged, as fractions.
    opens : bool
        Whether its cells have heads to show.
    verb : str
        What happens to a head that counts.
    outcomes : list of list of str, or None
        By row and column, ``1`` for each of the first heads that counts, else ``0``.
    judged : bool
        Whether it is known which heads count: by `outcomes`, or else by the rank.
    """

    title: str
    name: str
    said: tuple[str, ...]
    caption: str
    user: tuple[str, ...]
    recogniser: tuple[str, ...]
    rates: list[list[float]]
    counts: dict[str, Any] | None
    users: list[list[str]] | None = None
    rank: int = 1
    called: str = "value"
    value: float | None = None
    mixtures: dict[str, list[float]] | None = None
    charge: dict[str, list[float]] | None = None
    opens: bool = True
    verb: str = "recognised"
    outcomes: list[list[str]] | None = None
    judged: bool = True


def read_game(folder: Path, shown: int) -> tuple[Shown, Table, Equilibrium]:
    """Read a solved game from its folder.

    Parameters
    ----------
    folder : Path
    shown : int
        How many heads of each cell are shown, at most.
    """
    table = read_table(folder / "payoff.csv")
    equilibrium = read_equilibrium(folder / "equilibrium.json", table)
    found = read_outcomes(folder / "outcomes.h5", table).recognised[..., :shown].astype(int)
    outcomes = [["".join(map(str, cell)) for cell in row] for row in found.tolist()]
    game = solved("Game", folder.name, table, equilibrium, opens=True)
    return replace(game, outcomes=outcomes), table, equilibrium


def solved(title: str, name: str, table: Table, found: Equilibrium, opens: bool) -> Shown:
    """Return a table and its equilibrium as the page shows them."""
    charged = found.charged
    return Shown(
        title,
        printable(name),
        (guarantee(found), exactness(found)),
        caption(table, found.worth),
        tuple(map(printable, table.user)),
        tuple(map(printable, table.recogniser)),
        table.rates.tolist(),
        None if table.counts is None else _counted(table.counts),
        rank=found.worth.rank if found.worth else 1,
        called=called(found),
        value=found.value,
        mixtures={"user": found.user.tolist(), "recogniser": found.recogniser.tolist()},
        charge=None if charged is None else _charged(charged.charges),
        opens=opens,
        verb=counted.verb(found.worth.payoff if found.worth else None),
    )


def _counted(counts: Counts) -> dict[str, Any]:
    return {
        "heads": counts.heads.tolist(),
        "recognised": counts.recognised.tolist(),
        "intervals": counts.intervals.round(5).tolist(),
    }


def _charged(charges: Charges) -> dict[str, list[float]]:
    return {
        "user": [float(each) for each in charges.user],
        "recogniser": [float(each) for each in charges.recogniser],
    }


def read_rates(path: Path, table: Mapping[str, Any]) -> Shown:
    """Read a table that is not solved.

    Parameters
    ----------
    path : Path
        The file that `aip.game.overview.write_csv` wrote.
    table : mapping
        What the config says of the table.
    """
    with path.open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    rows, columns = (
        tuple(dict.fromkeys(line[key] for line in lines)) for key in ("row", "recogniser")
    )

    def by_cell(line_to: Any) -> list[list[Any]]:
        values = [line_to(line) for line in lines]
        return [values[i : i + len(columns)] for i in range(0, len(values), len(columns))]

    heads = [int(line["heads"]) for line in lines]
    many = "–".join(map(str, sorted({min(heads), max(heads)})))
    return Shown(
        "Table",
        printable(path.parent.name),
        (),
        f"Recognition rate in percent of {many} heads, with its 95 % Wilson interval.",
        rows,
        columns,
        by_cell(lambda line: int(line["recognised"]) / int(line["heads"])),
        {
            "heads": by_cell(lambda line: int(line["heads"])),
            "recognised": by_cell(lambda line: int(line["recognised"])),
            "intervals": by_cell(
                lambda line: [round(float(line[end]) / 100, 5) for end in ("low", "high")]
            ),
        },
        users=by_cell(lambda line: line["user"]),
        rank=table.get("rank", 1),
        judged="payoff" not in table,
    )


def as_data(shown: Shown) -> dict[str, Any]:
    """Return what the page's script computes with."""
    left_out = ("title", "said", "caption", "called")
    return {key: value for key, value in vars(shown).items() if key not in left_out}


def unchanged(tables: Mapping[str, Table], plain: Sequence[str]) -> tuple[str, float] | None:
    """Return the row that publishes heads as they are, and the highest rate at which it is met.

    Parameters
    ----------
    tables : mapping
        The games, by name.
    plain : sequence of str
        The user strategies that change nothing.
    """
    for table in tables.values():
        for name in plain:
            if name in table.user:
                return name, float(table.rates[table.user.index(name)].max())
    return None
