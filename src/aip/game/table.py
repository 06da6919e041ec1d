"""Payoff tables: recognition rates by user strategy (row) and recogniser strategy (column)."""

import csv
import re
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aip.errors import BadInput
from aip.files import whole

COLUMNS = ("user", "recogniser", "heads", "recognised", "rate", "low", "high")
# What binary may add to half of a rounded rate's last decimal, as a fraction.
TOLERANCE = 1e-14
# Python's own numbers can also be 1_0, ٣, inf, or have an exponent that a Decimal cannot.
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")


@dataclass(frozen=True)
class Counts:
    """What the rates of a payoff table were counted from.

    Attributes
    ----------
    heads, recognised : (rows, columns) int64 arrays
        How many heads were attacked, and how many of them recognised.
    intervals : (rows, columns, 2) float64 array
        The lower and the upper end of each rate's 95 % interval, as fractions.
    """

    heads: NDArray[np.int64]
    recognised: NDArray[np.int64]
    intervals: NDArray[np.float64]


@dataclass(frozen=True)
class Table:
    """A payoff table.

    Attributes
    ----------
    user : tuple of str
        The rows' names.
    recogniser : tuple of str
        The columns' names.
    rates : (rows, columns) float64 array
        Recognition rates as fractions, 0–1.
    counts : Counts or None
        None where only the rates are known, as in a published table.
    """

    user: tuple[str, ...]
    recogniser: tuple[str, ...]
    rates: NDArray[np.float64]
    counts: Counts | None = None


def read_table(path: Path) -> Table:
    """Read a payoff table, rates in percent.

    Either one line per cell, under the header ``user,recogniser,heads,recognised,rate,low,high``,
    in any order of lines and columns; or a matrix: a header row with the recogniser strategies,
    then one row per user strategy, its name and its rates.

    Raises
    ------
    BadInput
        The file cannot be read, has no rates, a hole, text or NaN for a number, a rate outside
        0–100, a row of another length, a name or a cell twice, or counts that contradict a rate.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [
                row for row in csv.reader(file, strict=True) if any(cell.strip() for cell in row)
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path}: the table cannot be read: {error}") from error
    if len(rows) < 2 or len(rows[0]) < 2:
        raise BadInput(
            f"{path}: no payoff table; expected a header row with the recogniser strategies, "
            "then one row per user strategy: its name and the recognition rates in percent"
        )
    header = [cell.strip() for cell in rows[0]]
    tidy = {"user", "recogniser", "rate"} <= set(header)
    return _tidy(path, header, rows[1:]) if tidy else _matrix(path, header, rows[1:])


def write_table(path: Path, table: Table) -> None:
    """Write a counted payoff table, one line per cell, as `read_table` reads it: exact.

    Raises
    ------
    ValueError
        The table has no counts.
    """
    if table.counts is None:
        raise ValueError("only a table with counts is written")
    with whole(path) as beside, beside.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for (i, j), rate in np.ndenumerate(table.rates):
            counts = (table.counts.heads[i, j], table.counts.recognised[i, j])
            percents = (_percent(number) for number in (rate, *table.counts.intervals[i, j]))
            writer.writerow([table.user[i], table.recogniser[j], *counts, *percents])


def _matrix(path: Path, header: list[str], rows: list[list[str]]) -> Table:
    columns = _names(path, "column", header[1:])
    names = _names(path, "row", [row[0].strip() for row in rows])
    for name, row in zip(names, rows, strict=True):
        if len(row) != len(header):
            raise BadInput(
                f"{path}, row {name!r}: expected {len(columns)} rates, found {len(row) - 1}"
            )
    rates = [
        [
            _fraction(f"{path}, row {name!r}, column {column!r}", "rate", cell)
            for column, cell in zip(columns, row[1:], strict=True)
        ]
        for name, row in zip(names, rows, strict=True)
    ]
    return Table(names, columns, np.array(rates))


def _tidy(path: Path, header: list[str], rows: list[list[str]]) -> Table:
    if sorted(header) != sorted(COLUMNS):
        raise BadInput(
            f"{path}: expected the columns {', '.join(COLUMNS)}, found {', '.join(header)}"
        )
    cells: dict[tuple[str, str], tuple[int, int, float, float]] = {}
    for number, row in enumerate(rows, start=1):
        if len(row) != len(COLUMNS):
            raise BadInput(
                f"{path}, cell {number}: expected {len(COLUMNS)} fields, found {len(row)}"
            )
        found = dict(zip(header, (cell.strip() for cell in row), strict=True))
        user, recogniser = found["user"], found["recogniser"]
        where = f"{path}, row {user!r}, column {recogniser!r}"
        if not user or not recogniser:
            raise BadInput(f"{path}, cell {number}: a strategy has no name")
        if (user, recogniser) in cells:
            raise BadInput(f"{where}: the cell is there twice")
        cells[user, recogniser] = _counted(where, found)
    users, recognisers = (tuple(dict.fromkeys(key[side] for key in cells)) for side in (0, 1))
    for user in users:
        for recogniser in recognisers:
            if (user, recogniser) not in cells:
                raise BadInput(f"{path}, row {user!r}, column {recogniser!r}: the cell is missing")
    grid = np.array([[cells[user, recogniser] for recogniser in recognisers] for user in users])
    heads, recognised = (grid[..., k].astype(np.int64) for k in (0, 1))
    return Table(users, recognisers, recognised / heads, Counts(heads, recognised, grid[..., 2:]))


def _counted(where: str, found: dict[str, str]) -> tuple[int, int, float, float]:
    heads = _count(where, "heads", found["heads"])
    recognised = _count(where, "recognised", found["recognised"])
    if not recognised <= heads or heads == 0:
        raise BadInput(f"{where}: {recognised} of {heads} heads cannot have been recognised")
    rate, low, high = (_fraction(where, key, found[key]) for key in ("rate", "low", "high"))
    # A rate may have been rounded; then it is within half of its last decimal.
    last = 10.0 ** min(int(Decimal(found["rate"]).as_tuple().exponent), 0) / 100
    if abs(rate - recognised / heads) > last / 2 + TOLERANCE:
        raise BadInput(
            f"{where}: the rate {found['rate']} contradicts its counts, {recognised} of {heads} "
            f"heads, which are {recognised / heads * 100:.4g} %"
        )
    if not low <= rate <= high:
        raise BadInput(
            f"{where}: expected low <= rate <= high, found {found['low']}, {found['rate']}, "
            f"{found['high']}"
        )
    return heads, recognised, low, high


def _names(path: Path, what: str, names: list[str]) -> tuple[str, ...]:
    count = Counter(names)
    for name in names:
        if not name:
            raise BadInput(f"{path}: a {what} has no name")
        if count[name] > 1:
            raise BadInput(f"{path}: the {what} {name!r} is there twice")
    return tuple(names)


def _count(where: str, what: str, cell: str) -> int:
    if not (cell.isascii() and cell.isdigit() and len(cell) <= 15):
        raise BadInput(f"{where}: expected a number of heads for {what!r}, found {cell!r}")
    return int(cell)


def _fraction(where: str, what: str, cell: str) -> float:
    cell = cell.strip()
    if not cell:
        raise BadInput(f"{where}: the {what} is missing; expected a percentage")
    if not NUMBER.fullmatch(cell) or not 0 <= float(cell) <= 100:
        raise BadInput(f"{where}: expected a percentage from 0 to 100, found {cell!r}")
    return abs(float(Decimal(cell).scaleb(-2)))  # of -0, too


def _percent(fraction: float) -> str:
    # In decimals, since 1/3 * 100 / 100 is not 1/3 in binary.
    return f"{Decimal(repr(float(fraction))).scaleb(2):f}"
