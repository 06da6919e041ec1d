"""Payoff tables: recognition rates by user strategy (row) and recogniser strategy (column)."""

import csv
import logging
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aip.errors import BadInput, printable
from aip.game.naming import with_names
from aip.store.delimited import as_written, no_formula, read_delimited
from aip.store.files import whole

COLUMNS = ("user", "recogniser", "heads", "recognised", "rate", "low", "high")
PAYOFF = "payoff"  # a further column, where a rate is not that of recognised heads
# Binary rounding allowed on top of half of a rounded rate's last decimal, as a fraction.
TOLERANCE = 1e-14
# Where lines differ by less, as fractions, their mean is no sign of a line that sums them up.
DIFFERENT = 0.01
ROUNDED = 5.1e-4  # a rate with one decimal in percent
# Python's own conversion also accepts 1_0, ٣, inf, and exponents too large for a Decimal.
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")


@dataclass(frozen=True)
class Counts:
    """The counts behind the rates of a payoff table.

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
    written : tuple of tuple of Fraction, or None
        The rates of such a table exactly as its file writes them, by row and column, as fractions,
        0–1. None where it comes from no file.
    payoff : str
        What is counted as recognised, where a threshold decides, such as ``verify at FMR 0.001``.

    Raises
    ------
    BadInput
        The counts, or what is written, contradict the rates.
    """

    user: tuple[str, ...]
    recogniser: tuple[str, ...]
    rates: NDArray[np.float64]
    counts: Counts | None = None
    written: tuple[tuple[Fraction, ...], ...] | None = None
    payoff: str = ""

    def __post_init__(self) -> None:
        if self.counts is not None:
            self._check("the counts", self.counts.recognised / self.counts.heads)
        if self.written is not None:
            self._check("the written fractions", np.array(self.written, dtype=np.float64))

    def fractions(self) -> list[list[Fraction]]:
        """Return the rates exactly, by row and column, 0–1.

        They are the counts' quotients, or else what is written, or else the floats themselves:
        binary fractions, so that 0.1 is not 1/10.
        """
        if self.counts is not None:
            pairs = zip(self.counts.recognised.tolist(), self.counts.heads.tolist(), strict=True)
            return [list(map(Fraction, *pair)) for pair in pairs]
        if self.written is not None:
            return [list(row) for row in self.written]
        return [list(map(Fraction, row)) for row in self.rates.tolist()]

    def _check(self, what: str, rates: NDArray[np.float64]) -> None:
        if not np.array_equal(rates, self.rates):
            raise BadInput(f"rates: found others than {what} come to, expected the same")


def read_table(path: Path) -> Table:
    """Read a payoff table, rates in percent, as programs write it or spreadsheets save it.

    Either one line per cell, under the header ``user,recogniser,heads,recognised,rate,low,high``,
    in any order of lines and columns, with a further column ``payoff`` or not; or a matrix: a
    header row with the recogniser strategies, then one row per user strategy, its name and its
    rates. A matrix of numbers alone, as
    `numpy.savetxt` writes it, gets names: ``r1``, ``c1`` and so on; a warning says so. Others say
    if no rate is above 1, so that they may be fractions, and if the last row or column is the sum
    or the mean of the others.

    `aip.store.delimited.read_delimited` says which separators and encodings there may be. Where no
    comma stands between cells, it may be the decimal mark. Rates may have a % sign.

    Raises
    ------
    BadInput
        The file cannot be read, has no rates, a hole, text or NaN for a number, a rate outside
        0–100, a row of another length, a name or a cell twice, counts that contradict a rate, or
        numbers that may be meant for names.
    """
    found = read_delimited(path, "the table")
    rows: list[Sequence[str]] = [line.cells for line in found.lines]
    text = _Text(path, found.form, decimal_comma=found.separator != ",")
    header = list(rows[0]) if rows else []
    if {"user", "recogniser", "rate"} <= set(header) and len(rows) > 1:
        return _tidy(text, header, rows[1:])
    rows = with_names(path, rows, text.number) if rows else []
    if len(rows) < 2 or len(rows[0]) < 2:
        raise text.refused(
            "no payoff table; expected a header row with the recogniser strategies, then one row "
            "per user strategy: its name and the recognition rates in percent"
        )
    return _matrix(text, rows)


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
        said = [table.payoff] if table.payoff else []
        writer.writerow([*COLUMNS, *([PAYOFF] if said else [])])
        for (i, j), rate in np.ndenumerate(table.rates):
            counts = (table.counts.heads[i, j], table.counts.recognised[i, j])
            percents = (_percent(number) for number in (rate, *table.counts.intervals[i, j]))
            names = map(no_formula, (table.user[i], table.recogniser[j]))
            writer.writerow([*names, *counts, *percents, *said])


@dataclass(frozen=True)
class _Text:
    """How the numbers of a file are written; and its errors, which say how it was read."""

    path: Path
    form: str
    decimal_comma: bool

    def decimal(self, cell: str) -> str | None:
        """Return a number as Python writes it, without its % sign; None if there is none."""
        text = cell.removesuffix("%").rstrip()
        if self.decimal_comma and "." not in text:
            text = text.replace(",", ".", 1)
        return text if NUMBER.fullmatch(text) else None

    def number(self, cell: str) -> float | None:
        found = self.decimal(cell)
        return None if found is None else float(found)

    def fraction(self, where: str, what: str, cell: str) -> Fraction:
        """Return a rate in percent as a fraction, exactly."""
        if not cell:
            raise self.refused(f"the {what} is missing; expected a percentage", where)
        found = self.decimal(cell)
        if found is None or not 0 <= Decimal(found) <= 100:
            raise self.refused(f"expected a percentage from 0 to 100, found {cell!r}", where)
        return Fraction(Decimal(found)) / 100

    def heads(self, where: str, what: str, cell: str) -> int:
        if not (cell.isascii() and cell.isdigit() and len(cell) <= 15):
            raise self.refused(f"expected a number of heads for {what!r}, found {cell!r}", where)
        return int(cell)

    def refused(self, sentence: str, where: str = "") -> BadInput:
        return BadInput(f"{self.path}{where and ', '}{where}: {sentence} ({self.form})")


def _matrix(text: _Text, rows: Sequence[Sequence[str]]) -> Table:
    columns = _names(text, "column", rows[0][1:])
    names = _names(text, "row", [row[0] for row in rows[1:]])
    for name, row in zip(names, rows[1:], strict=True):
        if len(row) != len(rows[0]):
            raise text.refused(
                f"expected {len(columns)} rates, found {len(row) - 1}", f"row {name!r}"
            )
    written = tuple(
        tuple(
            text.fraction(f"row {name!r}, column {column!r}", "rate", cell)
            for column, cell in zip(columns, row[1:], strict=True)
        )
        for name, row in zip(names, rows[1:], strict=True)
    )
    rates = np.array(written, dtype=np.float64)
    if rates.max() <= 0.01 and not any("%" in cell for row in rows[1:] for cell in row[1:]):
        _warn(
            text,
            "no rate is above 1, and they are read in percent; if they are fractions, multiply "
            "them by 100",
        )
    for last, lines in ((f"row, {names[-1]!r}", rates), (f"column, {columns[-1]!r}", rates.T)):
        if what := _margin(lines):
            _warn(
                text,
                f"the last {last}, is the {what} of the others, and is read as a strategy; if it "
                "is none, remove it",
            )
    return Table(names, columns, rates, written=written)


def _warn(text: _Text, sentence: str) -> None:
    logging.warning("%s", printable(f"{text.path}: {sentence}"))


def _margin(lines: NDArray[np.float64]) -> str:
    """Say what the last of some lines is of the others, if it sums them up as spreadsheets do."""
    *others, last = lines
    if len(others) < 2 or len(last) < 2 or np.ptp(others, axis=0).max() < DIFFERENT:
        return ""
    sums = {"sum": np.sum(others, axis=0), "mean": np.mean(others, axis=0)}
    return next((w for w, s in sums.items() if np.abs(last - s).max() <= ROUNDED), "")


def _tidy(text: _Text, header: list[str], rows: Sequence[Sequence[str]]) -> Table:
    if sorted({*header} - {PAYOFF}) != sorted(COLUMNS) or len({*header}) < len(header):
        raise text.refused(f"expected the columns {', '.join(COLUMNS)}, found {', '.join(header)}")
    cells: dict[tuple[str, str], tuple[int, int, float, float]] = {}
    payoffs: set[str] = set()
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            raise text.refused(f"expected {len(header)} fields, found {len(row)}", f"cell {number}")
        found = dict(zip(header, row, strict=True))
        user, recogniser = (as_written(found[side]) for side in ("user", "recogniser"))
        where = f"row {user!r}, column {recogniser!r}"
        if not user or not recogniser:
            raise text.refused("a strategy has no name", f"cell {number}")
        if (user, recogniser) in cells:
            raise text.refused("the cell is there twice", where)
        cells[user, recogniser] = _counted(text, where, found)
        payoffs.add(found.get(PAYOFF, ""))
    if len(payoffs) > 1:
        said = ", ".join(map(repr, sorted(payoffs)))
        raise text.refused(f"expected one payoff in all lines, found {said}")
    users, recognisers = (tuple(dict.fromkeys(key[side] for key in cells)) for side in (0, 1))
    for user in users:
        for recogniser in recognisers:
            if (user, recogniser) not in cells:
                raise text.refused("the cell is missing", f"row {user!r}, column {recogniser!r}")
    grid = np.array([[cells[user, recogniser] for recogniser in recognisers] for user in users])
    heads, recognised = (grid[..., k].astype(np.int64) for k in (0, 1))
    counts = Counts(heads, recognised, grid[..., 2:])
    return Table(users, recognisers, recognised / heads, counts, payoff=payoffs.pop())


def _counted(text: _Text, where: str, found: dict[str, str]) -> tuple[int, int, float, float]:
    heads = text.heads(where, "heads", found["heads"])
    recognised = text.heads(where, "recognised", found["recognised"])
    if not recognised <= heads or heads == 0:
        raise text.refused(f"{recognised} of {heads} heads cannot have been recognised", where)
    rate, low, high = (
        float(text.fraction(where, key, found[key])) for key in ("rate", "low", "high")
    )
    # A rate may have been rounded; then it is within half of its last decimal.
    written = Decimal(text.decimal(found["rate"]) or 0)
    last = 10.0 ** min(int(written.as_tuple().exponent), 0) / 100
    if abs(rate - recognised / heads) > last / 2 + TOLERANCE:
        raise text.refused(
            f"the rate {found['rate']} contradicts its counts, {recognised} of {heads} heads, "
            f"which are {recognised / heads * 100:.4g} %",
            where,
        )
    if not low <= rate <= high:
        raise text.refused(
            f"expected low <= rate <= high, found {found['low']}, {found['rate']}, {found['high']}",
            where,
        )
    return heads, recognised, low, high


def _names(text: _Text, what: str, names: Sequence[str]) -> tuple[str, ...]:
    count = Counter(names)
    for name in names:
        if not name:
            raise text.refused(f"a {what} has no name")
        if count[name] > 1:
            raise text.refused(f"the {what} {name!r} is there twice")
    return tuple(names)


def _percent(fraction: float) -> str:
    # In decimals, since 1/3 * 100 / 100 is not 1/3 in binary.
    return f"{Decimal(repr(float(fraction))).scaleb(2):f}"
