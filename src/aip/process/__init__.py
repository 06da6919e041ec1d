"""Image processing: the recogniser applies it, and the user takes gradients through it.

Each kind is a module of its own, with one function of the module's name::

    kind(images, generators, role) -> images

`images` and the result are (n, 3, height, width) float32 or float64 tensors on the 0–255 scale.
`generators` holds one random generator per image. `role` says whose processing it is, because the
paper draws a few parameters differently for the user and for the recogniser. Every kind has a
gradient, its own or one that passes straight through. The result has the size of the images, but
for the kinds in `RESIZING`.

Kinds that follow each other are a chain, such as ``S(50-50)+J(70-70)``: what a service does that
shrinks a photo and then codes it. A chain draws from one generator per image, step by step, and
counts as a kind of its own.

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
    "S": "shrink",
    "U": "sharpen",
    "K": "contrast",
    "L": "non_local_means",
}

THEN = "+"  # joins the steps of a chain
RESIZING = ("S",)  # kinds that give back images of another size

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


def steps(kind: str) -> list[str]:
    """Return the steps of a chain; a kind that is none is its own only step.

    Examples
    --------
    >>> steps("S(50-50)+J")
    ['S(50-50)', 'J']
    """
    return kind.split(THEN)


def letters(kind: str) -> str:
    """Return the letters of a kind's steps, without their ranges."""
    return "".join(step[0] for step in steps(kind))


def resizes(kind: str) -> bool:
    """Return whether a kind may give back images of another size."""
    return not set(letters(kind)).isdisjoint(RESIZING)


def kind_name(kind: str) -> str:
    """Return the name of a kind, which its module and its function have, too.

    Examples
    --------
    >>> kind_name("J(50-90)")
    'jpeg'
    >>> kind_name("S+J")
    'shrink+jpeg'
    """
    return THEN.join(KINDS[letter] for letter in letters(kind))


def modules(kind: str) -> list[str]:
    """Return the names of the modules that hold a kind of processing, one for each step."""
    return [f"{__name__}.{KINDS[letter]}" for letter in letters(kind)]


def process(kind: str) -> Process:
    """Return the function of a kind of processing, such as ``B``, ``J(50-90)`` or ``S+J``."""
    functions = [_function(step) for step in steps(kind)]
    if len(functions) == 1:
        return functions[0]

    def chain(images: "Tensor", generators: Sequence[np.random.Generator], role: Role) -> "Tensor":
        for function in functions:
            images = function(images, generators, role)
        return images

    return chain


def _function(step: str) -> Process:
    (name,), bounds = modules(step), within(step)
    function = getattr(import_module(name), kind_name(step))
    return cast(Process, partial(function, within=bounds) if bounds else function)


def within(step: str) -> Range | None:
    """Return the range in the parentheses behind a kind's letter, if it has one."""
    match = re.fullmatch(rf"({'|'.join(KINDS)})\(({WHOLE})-({WHOLE})\)", step)
    return (int(match[2]), int(match[3])) if match else None
