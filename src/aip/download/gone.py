"""The list of photos that are gone, in a file that stays readable if the run is killed."""

import csv
import io
import logging
import os
from pathlib import Path
from threading import Lock

from aip.errors import BadInput
from aip.store.files import whole

HEADER = ["photo", "reason"]


class Gone:
    """Photos that are gone, one line each; any thread may add one.

    An incomplete last line, which a killed run left, is removed.

    Parameters
    ----------
    path : Path
        A CSV file with the columns photo and reason; it need not exist.

    Attributes
    ----------
    reasons : dict
        Why each is gone.

    Raises
    ------
    BadInput
        A complete line is not a photo and a reason, or contains an unclosed quote.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = Lock()
        self.reasons = self._read()

    def add(self, photo: str, reason: str) -> None:
        """Add a photo."""
        reason = " ".join(reason.split())
        with self._lock, self.path.open("ab") as file:
            rows = [] if file.tell() else [HEADER]
            file.write(_text([*rows, [photo, reason]]))
            file.flush()
            os.fsync(file.fileno())
            self.reasons[photo] = reason

    def sort(self) -> None:
        """Sort the lines by photo."""
        with whole(self.path) as beside:
            beside.write_bytes(_text([HEADER, *map(list, sorted(self.reasons.items()))]))

    def _read(self) -> dict[str, str]:
        if not self.path.exists():
            return {}
        content = self.path.read_bytes()
        complete = content.rfind(b"\n") + 1
        if complete < len(content):
            torn = content[complete:].decode(errors="replace")
            logging.warning("%s: its last line is incomplete and is removed: %r", self.path, torn)
            os.truncate(self.path, complete)
        try:
            rows = list(
                csv.reader(io.StringIO(content[:complete].decode(), newline=""), strict=True)
            )
        except (UnicodeDecodeError, csv.Error) as error:
            raise BadInput(f"{self.path}: cannot be read: {error}") from error
        if rows and rows[0] != HEADER:
            raise BadInput(f"{self.path}, line 1: expected the header {','.join(HEADER)}")
        for line, row in enumerate(rows[1:], start=2):
            if len(row) != len(HEADER):
                raise BadInput(
                    f"{self.path}, line {line}: expected a photo and a reason, found "
                    f"{','.join(row)!r}"
                )
        return dict(rows[1:])


def _text(rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
