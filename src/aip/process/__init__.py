"""Image processing: the recogniser applies it, and the user takes gradients through it.

Each kind is a module of its own, with one function of the module's name::

    kind(images, generators, role) -> images

`images` and the result are (n, 3, height, width) float32 or float64 tensors on the 0–255 scale.
`generators` holds one random generator per image. `role` says whose processing it is, because the
paper draws a few parameters differently for the user and for the recogniser. Every kind has a
gradient, its own or one that passes straight through.

A kind may draw its strength from a range that the config gives, such as ``J(50-90)``. Its module
then has the default as `RANGE`, and its function takes the range as the keyword ``within``.

The module of a kind that moves what is in an image has a second function, ``follow``, which says
where to (`aip.process.following`).

To add a kind, write its module and give it a letter here, and bounds in `aip.process.bounds` if it
takes a range.
"""

import re
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Literal, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from aip.store.registry import Registry

if TYPE_CHECKING:
    from torch import Tensor

KINDS: Registry = {
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

WHOLE = "0|[1-9][0-9]{0,3}"  # how a range's number is written

Role = Literal["user", "recogniser"]
Range = tuple[int, int]
Copies = tuple[tuple[str, int], ...]
Places = NDArray[np.float64]  # (m, 2), x and y in pixels; whole numbers are the centres of pixels


class Process(Protocol):
    """The function of a kind of processing."""

    def __call__(
        self, images: "Tensor", generators: Sequence[np.random.Generator], role: Role
    ) -> "Tensor":
        """Process images, each with its own generator."""


def kind_name(kind: str) -> str:
    """Return the name of a kind, which its module and its function have, too.

    Examples
    --------
    >>> kind_name("J(50-90)")
    'jpeg'
    """
    return KINDS[kind[0]]


def module(kind: str) -> str:
    """Return the name of the module that holds a kind of processing."""
    return f"{__name__}.{kind_name(kind)}"


def process(kind: str) -> Process:
    """Return the function of a kind of processing, such as ``B`` or ``J(50-90)``."""
    function = getattr(import_module(module(kind)), kind_name(kind))
    bounds = within(kind)
    return cast(Process, partial(function, within=bounds) if bounds else function)


def within(kind: str) -> Range | None:
    """Return the range in the parentheses behind a kind's letter, if it has one."""
    match = re.fullmatch(rf"({'|'.join(KINDS)})\(({WHOLE})-({WHOLE})\)", kind)
    return (int(match[2]), int(match[3])) if match else None
