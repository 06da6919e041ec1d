"""A side's mixture in an equilibrium that was solved before, and what is drawn from it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from aip.compute.draws import generator
from aip.game.equilibrium import Equilibrium
from aip.game.table import Table
from aip.store.provenance import Provenance, write_json


def write_mixtures(
    path: Path, table: Table, equilibrium: Equilibrium, provenance: Provenance
) -> None:
    """Write how often each side plays each strategy, by name, as JSON."""
    write_json(
        path,
        provenance,
        user=dict(zip(table.user, equilibrium.user.tolist(), strict=True)),
        recogniser=dict(zip(table.recogniser, equilibrium.recogniser.tolist(), strict=True)),
    )


def read_mixture(path: Path, side: Literal["user", "recogniser"]) -> dict[str, float]:
    """Read how often a side plays each strategy from what `write_mixtures` wrote."""
    found: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))[side]
    return found


def draw(
    mixture: Mapping[str, float], seed: int, purpose: str, numbers: Sequence[int]
) -> NDArray[np.str_]:
    """Draw a strategy for each head.

    Parameters
    ----------
    mixture : mapping
        The probability of each strategy, by name, in a fixed order.
    seed : int
    purpose : str
        What the heads are for; with the seed and a head's number it keys the head's draw.
    numbers : sequence of int
        The heads' numbers.

    Returns
    -------
    (n,) text array
        The names of the strategies.

    Examples
    --------
    >>> draw({"a": 0.0, "b": 1.0}, 1, "enrolled", [7, 8]).tolist()
    ['b', 'b']
    """
    played = {name: probability for name, probability in mixture.items() if probability > 0}
    ends = np.cumsum([*played.values()])
    lots = [generator(seed, "mixture", purpose, int(number)).random() for number in numbers]
    chosen = np.searchsorted(ends, lots, side="right")
    # By rounding, the last end may be a little below 1, and a lot above it.
    return np.array([*played])[np.minimum(chosen, len(played) - 1)]
