"""The names of a matrix's rows and columns: those that it has, or those that it is given."""

import logging
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from aip.errors import BadInput, printable

# A first cell that says that names stand below it and beside it.
CORNER = re.compile(r"|user\b.*", re.IGNORECASE | re.DOTALL)
NO_NUMBER = {"nan", "na", "n/a", "inf", "+inf", "-inf"}

Row = Sequence[str]


def with_names(path: Path, rows: Sequence[Row], number: Callable[[str], float | None]) -> list[Row]:
    """Return a matrix with a header row and a column of names.

    If all of it is numbers, its rows are called r1, r2, … and its columns c1, c2, …, which is
    logged as a warning. Numbers are names if the first cell is empty or begins with ``user``.

    Parameters
    ----------
    path : Path
    rows : sequence of sequence of str
        At least one, none of them empty.
    number : callable
        Returns the number that a cell holds, or None.

    Raises
    ------
    BadInput
        Numbers may be meant for names or for rates.
    """
    corner, header, column = rows[0][0], rows[0][1:], [row[0] for row in rows[1:]]
    if CORNER.fullmatch(corner):
        return list(rows)
    numbers = {
        "header": _has_numbers(header, number),
        "column": _has_numbers(column, number),
        "corner": _has_numbers([corner], number),
    }
    nameless = numbers["corner"] and all(
        numbers[part] or not cells for part, cells in (("header", header), ("column", column))
    )
    if nameless:
        _check_rates(path, rows, number)
        return _named(path, rows)
    if numbers["header"]:
        raise _ambiguous(path, "first line", header[0], "recogniser strategies")
    if numbers["column"]:
        raise _ambiguous(path, "first column", column[0], "user strategies")
    return list(rows)


def _has_numbers(cells: Row, number: Callable[[str], float | None]) -> bool:
    """Whether cells look like rates: numbers, and what programs write where there is none."""
    known = [number(cell) is not None for cell in cells]
    missing = [cell.lower() in NO_NUMBER for cell in cells]
    return any(known) and all(a or b for a, b in zip(known, missing, strict=True))


def _check_rates(path: Path, rows: Sequence[Row], number: Callable[[str], float | None]) -> None:
    """Refuse a matrix of numbers whose first line or column looks like names."""
    for what, names, cells, others in (
        ("first line", "recogniser strategies", rows[0], rows[1:]),
        (
            "first column",
            "user strategies",
            [row[0] for row in rows],
            [row[1:] for row in rows],
        ),
    ):
        values = [number(cell) for cell in cells]
        rest = [number(cell) for row in others for cell in row]
        counts = any(values == list(range(k, k + len(values))) for k in (0, 1))
        integers = all(value is None or value == round(value) for value in rest)
        if any(value is not None and value > 100 for value in values) or (
            counts and rest and len(values) > 1 and (len(values) > 2 or not integers)
        ):
            raise _ambiguous(path, what, cells[0], names)


def _ambiguous(path: Path, what: str, found: str, names: str) -> BadInput:
    return BadInput(
        f"{path}: the {what} has numbers, such as {found!r}, where the names of {names} are "
        "expected; add the names, or, if these numbers are the names, begin the file with the word "
        "user as the first cell"
    )


def _named(path: Path, rows: Sequence[Row]) -> list[Row]:
    n, m = len(rows), len(rows[0])
    logging.warning(
        "%s",
        printable(
            f"{path}: it has no names; its {n} rows are called r1 to r{n} and its {m} columns c1 "
            f"to c{m}"
        ),
    )
    header = ["", *(f"c{j}" for j in range(1, m + 1))]
    return [header, *([f"r{i}", *row] for i, row in enumerate(rows, start=1))]
