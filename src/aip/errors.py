"""The one exception that means: what was given is wrong, and here is the sentence that says so."""

from collections.abc import Iterable
from difflib import get_close_matches

LONGEST = 2_000  # characters of a message


class BadInput(Exception):  # noqa: N818 — it is the input that is in error, not the program
    r"""Input from outside is wrong; the message is one sentence that names it.

    The message says where (file and line, key, or head), what was found and what was expected.
    Commands and jobs print it alone, without a traceback, and exit with a non-zero code.

    Whatever is found in the input, the message stays one line of bearable length that does nothing
    to a terminal: what cannot be printed is escaped, and the middle of a long one is left out.

    Examples
    --------
    >>> print(BadInput("two\nlines"))
    two\nlines
    """

    def __str__(self) -> str:
        sentence = "".join(
            c if c.isprintable() else c.encode("unicode_escape").decode() for c in super().__str__()
        )
        if len(sentence) <= LONGEST:
            return sentence
        half = LONGEST // 2 - 2
        return f"{sentence[:half]} … {sentence[-half:]}"


def unknown(where: str, what: str, found: str, known: Iterable[str]) -> BadInput:
    """Return the error for a name that is not there, with the nearest that is."""
    known = list(known)
    near = get_close_matches(found, known, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return BadInput(f"{where}: unknown {what} {found!r}; {hint}expected one of {', '.join(known)}")
