"""What a command prints: never a control character, and never more than its encoding holds."""

import sys
from io import TextIOWrapper

from aip.errors import printable


def prepare() -> None:
    """Have what the terminal's encoding does not hold escaped, instead of refused."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def show(text: str) -> None:
    r"""Print text, with all that is not to be seen escaped, except line ends.

    Examples
    --------
    >>> show("Ada\x1b[2J\nBob")
    Ada\x1b[2J
    Bob
    """
    print("\n".join(map(printable, text.split("\n"))))
