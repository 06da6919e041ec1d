"""Whether a user strategy can change an 8-bit value, and whether it did."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from aip.errors import several
from aip.perturb.epsilon import input_epsilon
from aip.store.hdf5 import ImageReader, reading


def is_too_small(epsilon: float, input_size: tuple[int, int]) -> bool:
    """Say whether no perturbation of this L2 norm can change an 8-bit value.

    No value of it is larger than its norm, resizing makes none larger, and less than a half is
    rounded away.

    Examples
    --------
    >>> is_too_small(0.031, (224, 224)), is_too_small(1.7, (64, 64)), is_too_small(1.8, (64, 64))
    (True, True, False)
    """
    return input_epsilon(epsilon, input_size) < 0.5


def without_effect(epsilon: float) -> str:
    """Say what is wrong with such an epsilon."""
    return (
        f"epsilon {epsilon:g} changes no 8-bit value; it is an L2 norm on the 0-255 scale, of a "
        "224x224x3 input, such as 1000"
    )


def nothing_changed(perturbation: Path, strategy: Mapping[str, Any]) -> str | None:
    """Say so if all heads that a strategy against a recogniser published are as they were."""
    with reading(perturbation) as file:
        changed = bool((file["l2"][()] > 0).any()) or len(file["id"]) == 0
    if changed or "epsilon" not in strategy:
        return None
    given = " and ".join(
        f"{key} {strategy[key]:g}" for key in ("epsilon", "step_size") if key in strategy
    )
    return (
        f"no 8-bit value of any head has changed, with {given}; they are L2 norms on the 0-255 "
        "scale, of a 224x224x3 input"
    )


def got_colour(perturbation: Path, heads: Path) -> str | None:
    """Say so if heads without colour were published with some, as another program may do."""
    with reading(perturbation) as file:
        if "source" not in json.loads(file.attrs["definition"]):
            return None
        numbers, images = file["id"][()], ImageReader(file["images"])
        with reading(heads) as clean:
            grey = clean["grey"][()][numbers - 1]
        coloured = [
            str(numbers[i]) for i in np.flatnonzero(grey) if np.ptp(images[int(i)], axis=2).any()
        ]
    if not coloured:
        return None
    return f"heads without colour were published with some: {several(coloured, 3)}"
