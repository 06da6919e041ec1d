"""Payoff tables: recognition rates by user strategy (row) and recogniser strategy (column)."""

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aip.artifacts import reading
from aip.errors import BadInput
from aip.files import whole


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
    """

    user: tuple[str, ...]
    recogniser: tuple[str, ...]
    rates: NDArray[np.float64]


def read_table(path: Path) -> Table:
    """Read a payoff table: a header row and a column of names, rates in percent.

    Raises
    ------
    BadInput
        The file cannot be read, has no rates, a hole, text or NaN for a rate, a rate outside
        0–100, a row of another length, or a name twice.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.reader(file) if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path}: the table cannot be read: {error}") from error
    if len(rows) < 2 or len(rows[0]) < 2:
        raise BadInput(
            f"{path}: no payoff table; expected a header row with the recogniser strategies, "
            "then one row per user strategy: its name and the recognition rates in percent"
        )
    columns = _names(path, "column", rows[0][1:])
    names = _names(path, "row", [row[0] for row in rows[1:]])
    for name, row in zip(names, rows[1:], strict=True):
        if len(row) != len(rows[0]):
            raise BadInput(
                f"{path}, row {name!r}: expected {len(columns)} rates, found {len(row) - 1}"
            )
    rates = [
        [_rate(path, name, column, cell) for column, cell in zip(columns, row[1:], strict=True)]
        for name, row in zip(names, rows[1:], strict=True)
    ]
    return Table(names, columns, np.array(rates))


def assemble(cells: Sequence[Path], user: Sequence[str], recogniser: Sequence[str]) -> Table:
    """Read a game's recognition rates from its cells, row by row.

    Raises
    ------
    BadInput
        A cell cannot be read, or the cells do not hold the same heads.
    """
    rates, first = [], None
    for cell in cells:
        with reading(cell) as file:
            ids = file["id"][()]
            rates.append(float(file.attrs["recognition_rate"]))
        first = ids if first is None else first
        if not np.array_equal(ids, first):
            raise BadInput(
                f"{cell}: holds other heads ({len(ids)}) than {cells[0]} ({len(first)}); "
                f"rebuild it with: snakemake --cores 1 --force {cell}"
            )
    table = np.array(rates).reshape(len(user), len(recogniser))
    return Table(tuple(user), tuple(recogniser), table)


def write_table(path: Path, table: Table) -> None:
    """Write a payoff table as `read_table` reads it, exact to the last bit."""
    with whole(path) as beside, beside.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["user", *table.recogniser])
        for name, rates in zip(table.user, table.rates, strict=True):
            writer.writerow([name, *(_percent(rate) for rate in rates)])


def _names(path: Path, what: str, cells: list[str]) -> tuple[str, ...]:
    names = tuple(cell.strip() for cell in cells)
    for name in names:
        if not name:
            raise BadInput(f"{path}: a {what} has no name")
        if names.count(name) > 1:
            raise BadInput(f"{path}: the {what} {name!r} is there twice")
    return names


def _rate(path: Path, row: str, column: str, cell: str) -> float:
    where = f"{path}, row {row!r}, column {column!r}"
    if not cell.strip():
        raise BadInput(f"{where}: the rate is missing; expected a percentage")
    try:
        rate = float(cell)
    except ValueError:
        rate = math.nan
    if not 0 <= rate <= 100:
        raise BadInput(f"{where}: expected a percentage from 0 to 100, found {cell.strip()!r}")
    return float(Decimal(cell.strip()).scaleb(-2))


def _percent(rate: float) -> str:
    # In decimals, since 1/3 * 100 / 100 is not 1/3 in binary.
    return f"{Decimal(repr(float(rate))).scaleb(2):f}"
