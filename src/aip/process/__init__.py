"""Image processing, used by both sides: the recogniser applies it, the user sees through it.

Each kind is a page of its own, with one function of the kind's name::

    kind(images, generators, role) -> images

`images` is an (n, 3, height, width) float32 tensor on the 0–255 scale, `generators` holds one
random generator per image, and `role` says whose processing it is, since the paper draws a few
parameters differently for the user and for the recogniser. All are differentiable.

To add a kind, write its page and give it a letter here.
"""

import re
from collections.abc import Sequence
from importlib import import_module
from typing import Literal, Protocol, cast

import numpy as np
from torch import Tensor

from aip.errors import BadInput

KINDS = {"O": "nothing", "T": "translate", "N": "noise", "B": "blur", "C": "crop"}

Role = Literal["user", "recogniser"]
Copies = tuple[tuple[str, int], ...]


class Process(Protocol):
    """What each page of processing offers."""

    def __call__(
        self, images: Tensor, generators: Sequence[np.random.Generator], role: Role
    ) -> Tensor:
        """Process images, each with its own generator."""


def module(kind: str) -> str:
    """Return the name of the module that holds a kind of processing."""
    return f"{__name__}.{KINDS[kind]}"


def process(kind: str) -> Process:
    """Return the function of a kind of processing."""
    return cast(Process, getattr(import_module(module(kind)), KINDS[kind]))


def parse(text: str, where: str) -> Copies:
    """Read a processing string: kinds and how many random draws of each.

    Parameters
    ----------
    text : str
        Such as ``B5`` or ``O1_T1_N1_B1_C1``.
    where : str
        The config's key, for the error.

    Returns
    -------
    tuple of (kind, count)

    Raises
    ------
    BadInput
        An unknown kind, a missing or zero count, or a kind that is named twice.

    Examples
    --------
    >>> parse("O1_B5", "process")
    (('O', 1), ('B', 5))
    """
    copies = []
    for part in text.split("_"):
        match = re.fullmatch(r"([A-Z]+)([1-9][0-9]{0,3})", part)
        if not match or match[1] not in KINDS:
            kinds = ", ".join(f"{kind} ({name})" for kind, name in KINDS.items())
            raise BadInput(
                f"{where}: unknown processing {part!r} in {text!r}; expected a kind and a count "
                f"such as B5, joined by _, with the kinds {kinds}"
            )
        copies.append((match[1], int(match[2])))
    if len({kind for kind, _ in copies}) < len(copies):
        raise BadInput(f"{where}: a kind of processing is named twice in {text!r}")
    return tuple(copies)
