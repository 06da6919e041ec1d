"""What a recogniser looks at: a head resized, or aligned by the landmarks that it finds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from aip.compute.device import CPU
from aip.recognise.recogniser import Recogniser, as_tensor, to_input
from aip.recognise.template import FINDER, is_spread

# (h, w, 3) uint8 heads → (n, 5, 2) landmarks in their pixels, NaN where no face is found.
Find = Callable[[Sequence[NDArray[np.uint8]]], NDArray[np.float64]]


@dataclass(frozen=True)
class Finding:
    """How a recogniser finds the landmarks of published heads.

    Attributes
    ----------
    find : callable
    miss : bool
        Whether a head in which it finds no face is not looked at; else it is seen resized, as by a
        recogniser that does not align.
    """

    find: Find
    miss: bool = False


def inputs_of(
    net: nn.Module,
    heads: Sequence[NDArray[np.uint8]],
    size: Sequence[int],
    finding: Finding | None,
) -> list[Tensor | None]:
    """Return what a net is shown of heads.

    Parameters
    ----------
    net : Module
    heads : sequence of (h, w, 3) uint8 arrays
    size : (height, width)
        Of the net's input.
    finding : Finding or None
        How a `Recogniser` with a template finds landmarks.

    Returns
    -------
    list of (3, height, width) float32 tensor or None
        None for a head that is not looked at.
    """
    if finding is None or not isinstance(net, Recogniser) or net.template is None:
        return [to_input(head, size) for head in heads]
    return [
        None if finding.miss and not is_spread(landmarks) else aligned(net, head, landmarks)
        for head, landmarks in zip(heads, finding.find(heads), strict=True)
    ]


def aligned(
    recogniser: Recogniser, head: NDArray[np.uint8], landmarks: NDArray[np.float64] | None
) -> Tensor:
    """Return a recogniser's (3, height, width) float32 input of an 8-bit head, 0–255."""
    if recogniser.template is None:
        return to_input(head, recogniser.input_size)
    with torch.no_grad():
        return recogniser.view(as_tensor(head), landmarks)[0]


def load_finding(
    detector: str | None, column: Mapping[str, Any], device: torch.device = CPU
) -> Finding | None:
    """Load how a column finds landmarks; None without a detector.

    Parameters
    ----------
    detector : str or None
        As for `load_finder`.
    column : mapping
        The recogniser strategy, whose ``not_found`` may be ``miss``.
    device : torch.device
    """
    find = load_finder(detector, device)
    return None if find is None else Finding(find, column.get("not_found") == "miss")


def load_finder(detector: str | None, device: torch.device = CPU) -> Find | None:
    """Load what finds landmarks, from a detector's name or file; None without one."""
    if detector is None:
        return None
    return cast(Find, import_module(FINDER).load(detector, device))
