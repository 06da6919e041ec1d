"""Tables as text: CSV as programs write it, and as spreadsheets save it.

The separator is a comma, a semicolon, a tab or spaces; the text is UTF-8 or UTF-16 with or without
its byte order mark, or else Windows-1252, as older spreadsheets write it. Lines of comment before
the table, which begin with ``# ``, are left out.
"""

import codecs
import csv
import io
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from aip.errors import BadInput
from aip.store.files import read_bounded

SEPARATORS = {"\t": "a tab", ";": "a semicolon", ",": "a comma", " ": "spaces"}
MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# Spreadsheets say their separator in a first line of its own.
SAID = re.compile(r"\s*sep=(.)[\t;, ]*(?:\n|$)")
# As numpy.savetxt writes its header.
COMMENT = re.compile(r"(\s*# .*(\n|$))+")
LARGEST = 2**28  # bytes
# A cell that begins with one of these is a formula to a spreadsheet, unless a ' comes first.
FORMULA = frozenset("=+-@\t\r\n＝＋－＠'")


@dataclass(frozen=True)
class Line:
    """A line of a table.

    Attributes
    ----------
    number : int
        Its place in the file, from 1; the last one of a line whose quoted text has line breaks.
    cells : tuple of str
        Without white space around them.
    """

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Delimited:
    """The lines of a table; lines without text are left out.

    Attributes
    ----------
    lines : tuple of Line
    separator : str
    encoding : str
        As Python names it.
    """

    lines: tuple[Line, ...]
    separator: str
    encoding: str

    @property
    def form(self) -> str:
        """Say how the text was read, for errors."""
        separator = SEPARATORS.get(self.separator, repr(self.separator))
        return f"read as {self.encoding}, with {separator} between cells"


def read_delimited(path: Path, what: str) -> Delimited:
    """Read a table.

    Parameters
    ----------
    path : Path
    what : str
        What the file is, for errors: ``the payoff table``.

    Raises
    ------
    BadInput
        The file cannot be read, is larger than 256 MiB, is no text, or has an open quote.
    """
    content = read_bounded(path, LARGEST, what)
    text, encoding = _decode(path, content, what)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    said = SAID.match(text)
    start = said.end() if said else 0
    if comment := COMMENT.match(text, start):
        start = comment.end()
    separator = said[1] if said else _separator(text[start:])
    try:
        lines = _lines(text[start:], separator, text.count("\n", 0, start) + 1)
    except csv.Error as error:
        raise BadInput(f"{path}: {what} cannot be read: {error}") from error
    return Delimited(_without_empty_columns(lines), separator, encoding)


def read_own(path: Path, header: Sequence[str], what: str) -> list[list[str]]:
    """Read the lines below the header of a CSV file that this program wrote.

    Parameters
    ----------
    path : Path
    header : sequence of str
    what : str
        What the file holds, for the error.

    Raises
    ------
    BadInput
        The file cannot be read, or has another header.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path}: {what} cannot be read: {error}") from error
    if not rows or rows[0] != list(header):
        raise BadInput(f"{path}, line 1: expected the header {','.join(header)}")
    return rows[1:]


def no_formula(text: str) -> str:
    """Return a cell that holds a text, also in a spreadsheet, which may take it for a formula.

    Examples
    --------
    >>> no_formula("=1+1"), as_written("'=1+1"), no_formula("gaman-B")
    ("'=1+1", '=1+1', 'gaman-B')
    """
    return f"'{text}" if text[:1] in FORMULA else text


def as_written(cell: str) -> str:
    """Return the text of a cell that `no_formula` made."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in FORMULA else cell


def _decode(path: Path, content: bytes, what: str) -> tuple[str, str]:
    mark = next((mark for mark in MARKS if content.startswith(mark)), None)
    zeros = [content[start:2000:2].count(0) for start in (0, 1)]
    if mark is None and any(zeros):  # most text has a NUL in every second byte of UTF-16
        found = ["utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"]
    else:
        found = ["utf-8", "cp1252"] if mark is None else [MARKS[mark]]
    for encoding in found:
        with suppress(UnicodeDecodeError):
            text = content.decode(encoding)
            if "\0" not in text:
                return text, encoding
    raise BadInput(f"{path}: {what} is no text; expected UTF-8, UTF-16 or Windows-1252")


def _separator(text: str) -> str:
    """Return the separator under which all lines have the same number of cells, more than one.

    With decimal commas, both the semicolon and the comma may be such; the semicolon comes first. If
    none is, it is that which the first line has most of, and not spaces, which names may have.
    """
    for separator in SEPARATORS:
        with suppress(csv.Error):
            widths = {len(line.cells) for line in _lines(text, separator, 1)}
            if len(widths) == 1 and widths != {1}:
                return separator
    first = next((line for line in text.split("\n") if line.strip()), "")
    return max((",", ";", "\t"), key=first.count)


def _lines(text: str, separator: str, start: int) -> list[Line]:
    if separator == " ":
        text = "\n".join(" ".join(line.split()) for line in text.split("\n"))
    rows = csv.reader(io.StringIO(text), delimiter=separator, strict=True)
    found = []
    try:
        for row in rows:
            cells = tuple(cell.strip() for cell in row)
            if any(cells):
                found.append(Line(rows.line_num + start - 1, cells))
    except csv.Error as error:
        raise csv.Error(f"line {rows.line_num + start - 1}: {error}") from error
    return found


def _without_empty_columns(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Drop the empty cells that spreadsheets write behind the last column."""
    filled = (number for line in lines for number, cell in enumerate(line.cells, start=1) if cell)
    last = max(filled, default=0)
    return tuple(Line(line.number, line.cells[:last]) for line in lines)
