"""The exception for bad input, whose message is one sentence for the user."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

LONGEST = 2_000  # characters of a message


class BadInput(Exception):  # noqa: N818 — it is the input that is in error, not the program
    r"""Input from outside is wrong; the message is one sentence that names it.

    The message says where (file and line, key, or head), what was found and what was expected.
    Commands and jobs print it alone, without a traceback, and exit with a non-zero code.

    Whatever the input contains, the message stays one line of limited length that is safe to print:
    unprintable characters are escaped, and the middle of a long message is left out.

    Examples
    --------
    >>> print(BadInput("two\nlines"))
    two\nlines
    """

    def __str__(self) -> str:
        sentence = printable(super().__str__())
        if len(sentence) <= LONGEST:
            return sentence
        half = LONGEST // 2 - 2
        return f"{sentence[:half]} … {sentence[-half:]}"


def printable(text: str) -> str:
    r"""Escape what is not to be seen, or turns writing round: control characters and the like.

    Examples
    --------
    >>> print(printable("Ada\x1b[2J\u202eecila"))
    Ada\x1b[2J\u202eecila
    """
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()


def several(names: Sequence[str], shown: int = 10) -> str:
    """Return the first of some names, and how many there are if not all are shown.

    Examples
    --------
    >>> several(["a", "b"]), several(["a", "b", "c"], shown=2)
    ('a, b', 'a, b, … (3 in all)')
    """
    if len(names) <= shown:
        return ", ".join(names)
    return f"{', '.join(names[:shown])}, … ({len(names):,} in all)"


def together(wrong: Sequence[BadInput], what: str, shown: int = 10) -> BadInput:
    """Return one error for several, of which the first are said; one alone stays as it is.

    Examples
    --------
    >>> print(together([BadInput("a: empty"), BadInput("b: torn")], "files cannot be read"))
    2 files cannot be read: a: empty; b: torn
    """
    if len(wrong) == 1:
        return wrong[0]
    reasons = [str(error) for error in wrong[:shown]]
    more = [f"and {len(wrong) - shown:,} more"] if len(wrong) > shown else []
    return BadInput(f"{len(wrong):,} {what}: {'; '.join([*reasons, *more])}")


def unknown(where: str, what: str, found: str, known: Iterable[str]) -> BadInput:
    """Return the error for an unknown name, with the nearest known one."""
    known = list(known)
    near = get_close_matches(found, known, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    expected = f"expected one of {', '.join(known)}" if known else "there is none"
    return BadInput(f"{where}: unknown {what} {found!r}; {hint}{expected}")
