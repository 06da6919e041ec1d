"""Image processing, used by both sides: the recogniser applies it, the user sees through it.

Each kind is a page of its own, with one function of the kind's name::

    kind(images, generators, role) -> images

`images` is an (n, 3, height, width) float32 or float64 tensor on the 0–255 scale, and so is what is
returned; `generators` holds one random generator per image, and `role` says whose processing it is,
since the paper draws a few parameters differently for the user and for the recogniser. All have a
gradient, their own or one that passes straight through.

A kind may draw its strength from a range that the config gives, such as ``J(50-90)``. Its page
then has the default as `RANGE` and takes the range as the keyword ``within``.

To add a kind, write its page and give it a letter here, and bounds if it takes a range.
"""

import re
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Literal, Protocol, cast

import numpy as np

from aip.errors import BadInput

if TYPE_CHECKING:
    from torch import Tensor

KINDS = {
    "O": "nothing",
    "T": "translate",
    "N": "noise",
    "B": "blur",
    "C": "crop",
    "J": "jpeg",
    "D": "bit_depth",
    "M": "median",
    "R": "resize_pad",
    "V": "total_variation",
}

# What the ranges of the kinds that take one must lie within.
BOUNDS = {"N": (0, 255), "J": (1, 100), "D": (1, 8), "R": (10, 100), "V": (1, 255)}

Role = Literal["user", "recogniser"]
Range = tuple[int, int]
Copies = tuple[tuple[str, int], ...]

_INTEGER = r"(?:0|[1-9][0-9]{0,3})"
_KIND = rf"[A-Z](?:\({_INTEGER}-{_INTEGER}\))?"
_COUNT = r"[1-9][0-9]{0,3}"


class Process(Protocol):
    """What each page of processing offers."""

    def __call__(
        self, images: "Tensor", generators: Sequence[np.random.Generator], role: Role
    ) -> "Tensor":
        """Process images, each with its own generator."""


def page(kind: str) -> str:
    """Return the name of a kind's page, whatever its range.

    Examples
    --------
    >>> page("J(50-90)")
    'jpeg'
    """
    return KINDS[kind[0]]


def module(kind: str) -> str:
    """Return the name of the module that holds a kind of processing."""
    return f"{__name__}.{page(kind)}"


def process(kind: str) -> Process:
    """Return the function of a kind of processing, such as ``B`` or ``J(50-90)``."""
    function = getattr(import_module(module(kind)), page(kind))
    within = _within(kind)
    return cast(Process, partial(function, within=within) if within else function)


def parse(text: str, where: str) -> Copies:
    """Read a processing string: kinds, their ranges, and how many random draws of each.

    Parameters
    ----------
    text : str
        Such as ``B5``, ``O1_T1_N1_B1_C1`` or ``J(50-90)5``; or kinds and one count for each of
        them, as the authors of the paper write it: ``OTNBC_5``.
    where : str
        The config's key, for the error.

    Returns
    -------
    tuple of (kind, count)
        A kind is its letter, with its range if one is given.

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
    """
    if short := re.fullmatch(rf"((?:{_KIND})+)_({_COUNT})", text):
        parts = [kind + short[2] for kind in re.findall(_KIND, short[1])]
    else:
        parts = text.split("_")
    copies = []
    for part in parts:
        match = re.fullmatch(rf"({_KIND})({_COUNT})", part)
        if not match or match[1][0] not in KINDS:
            kinds = ", ".join(f"{kind} ({name})" for kind, name in KINDS.items())
            raise BadInput(
                f"{where}: unknown processing {part!r} in {text!r}; expected a kind and a count "
                f"such as B5 or J(50-90)5, joined by _, or kinds and one count such as TN_5, with "
                f"the kinds {kinds}"
            )
        _check_range(match[1], f"{where}: {part!r} in {text!r}")
        copies.append((match[1], int(match[2])))
    if len({kind[0] for kind, _ in copies}) < len(copies):
        raise BadInput(f"{where}: a kind of processing is named twice in {text!r}")
    return tuple(copies)


def _within(kind: str) -> Range | None:
    """Return the range that a kind is given."""
    match = re.fullmatch(r".\((\d+)-(\d+)\)", kind)
    return (int(match[1]), int(match[2])) if match else None


def _check_range(kind: str, where: str) -> None:
    """Refuse a range that a kind cannot have."""
    letter, within = kind[0], _within(kind)
    if within is None:
        return
    if letter not in BOUNDS:
        raise BadInput(
            f"{where}: {letter} ({page(kind)}) takes no range; the kinds that do are "
            f"{', '.join(BOUNDS)}"
        )
    low, high = BOUNDS[letter]
    if not low <= within[0] <= within[1] <= high:
        raise BadInput(
            f"{where}: found the range {within[0]}-{within[1]}, expected one that rises within "
            f"{low}-{high} for {letter} ({page(kind)})"
        )
