"""The notation of processing, such as ``O1_B5``: kinds, and how many random draws of each."""

import re

from aip.errors import BadInput
from aip.process import KINDS, Copies, letters, steps
from aip.process.bounds import BOUNDS as BOUNDS
from aip.process.bounds import check_range

_INTEGER = r"(?:0|[1-9][0-9]{0,3})"
_STEP = rf"[A-Z](?:\({_INTEGER}-{_INTEGER}\))?"
_KIND = rf"{_STEP}(?:\+{_STEP})*"
_COUNT = r"[1-9][0-9]{0,3}"


def parse(text: str, where: str) -> Copies:
    """Read a processing string: kinds, their ranges, and how many random draws of each.

    Parameters
    ----------
    text : str
        Such as ``B5``, ``O1_T1_N1_B1_C1`` or ``J(50-90)5``; or several kinds with one count for
        all, as the paper's authors write it: ``OTNBC_5``. Kinds that follow each other are joined
        by +: ``S(50-50)+J5``.
    where : str
        The config's key, for error messages.

    Returns
    -------
    tuple of (kind, count)
        A kind is its letter, with its range if one is given, or a chain of them.

    Raises
    ------
    BadInput
        An unknown kind, a missing or zero count, a range that the kind cannot have, or a kind that
        is named twice.

    Examples
    --------
    >>> parse("O1_B5", "process")
    (('O', 1), ('B', 5))
    >>> parse("TN_2", "process")
    (('T', 2), ('N', 2))
    >>> parse("J(50-90)5", "process")
    (('J(50-90)', 5),)
    >>> parse("S(50-50)+J5", "process")
    (('S(50-50)+J', 5),)
    """
    if short := re.fullmatch(rf"((?:{_KIND})+)_({_COUNT})", text):
        parts = [kind + short[2] for kind in re.findall(_KIND, short[1])]
    else:
        parts = text.split("_")
    copies = []
    for part in parts:
        match = re.fullmatch(rf"({_KIND})({_COUNT})", part)
        if not match or not set(letters(match[1])) <= KINDS.keys():
            kinds = ", ".join(f"{kind} ({name})" for kind, name in KINDS.items())
            raise BadInput(
                f"{where}: unknown processing {part!r} in {text!r}; expected a kind and a count "
                f"such as B5 or J(50-90)5, joined by _, or kinds and one count such as TN_5, with "
                f"the kinds {kinds}"
            )
        for step in steps(match[1]):
            check_range(step, where=f"{where}: {part!r} in {text!r}")
        copies.append((match[1], int(match[2])))
    if len({letters(kind) for kind, _ in copies}) < len(copies):
        raise BadInput(f"{where}: a kind of processing is named twice in {text!r}")
    return tuple(copies)
