"""The equilibrium of the zero-sum game, through Nashpy, with its own certificate."""

import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import nashpy
import numpy as np
from numpy.typing import NDArray

from aip.errors import BadInput
from aip.files import whole
from aip.game.table import Table

TOLERANCE = 1e-9
# Vertex enumeration grows exponentially; up to this many strategies on a side it takes seconds.
SMALL = 8
# How far apart the linear program's payoffs are spread, tried in this order. It takes differences
# below 1e-7 for none, and rates that are given to 0.0001 % may differ by little more.
SPREADS = (1e3, 1e5, 1e1)


@dataclass(frozen=True)
class Interval:
    """Where the value lies, judging by resampled heads.

    Attributes
    ----------
    low, high : float
        Fractions.
    confidence : float
        How often such an interval is meant to hold the value.
    resamples : int
        How many resampled games it comes from.
    """

    low: float
    high: float
    confidence: float
    resamples: int


@dataclass(frozen=True)
class Equilibrium:
    """A solution of a payoff table, in which the user minimises the recognition rate.

    Attributes
    ----------
    value : float
        The guarantee, as a fraction: the recognition rate that the user's mixture keeps every
        recogniser strategy at or below.
    user, recogniser : (rows,) and (columns,) float64 arrays
        The two mixtures; probabilities.
    exploitability : float
        How much the two sides together could gain by deviating; 0 in an exact equilibrium.
    unique : bool or None
        Whether it is the only equilibrium; None where the table is too large to say.
    solver : str
    interval : Interval or None
        The value's; None where the heads' outcomes are not known, as of a published table.
    """

    value: float
    user: NDArray[np.float64]
    recogniser: NDArray[np.float64]
    exploitability: float
    unique: bool | None
    solver: str
    interval: Interval | None = None


def solve(table: Table) -> Equilibrium:
    """Solve a payoff table by linear programming.

    While the table has at most 8 rows and 8 columns, vertex enumeration tells whether the
    equilibrium is unique: it is when the game has exactly one extreme equilibrium.

    Raises
    ------
    BadInput
        The solver's answer is not an equilibrium to within 1e-9.

    Examples
    --------
    >>> found = solve(Table(("a", "b"), ("c", "d"), np.array([[0.0, 0.5], [0.5, 0.0]])))
    >>> found.value, found.user.tolist(), found.unique
    (0.25, [0.5, 0.5], True)
    """
    user, recogniser = _linear_program(table.rates)
    exploitability = exploit(table.rates, user, recogniser)
    if exploitability > TOLERANCE:
        raise BadInput(
            f"the equilibrium of this table could not be found: the linear program's answer is "
            f"exploitable by {exploitability:.2g}, expected at most {TOLERANCE:g}"
        )
    unique = _unique(table.rates) if max(table.rates.shape) <= SMALL else None
    return Equilibrium(
        float(user @ table.rates @ recogniser),
        user,
        recogniser,
        exploitability,
        unique,
        "nashpy linear program"
        + (", uniqueness by vertex enumeration" if unique is not None else ""),
    )


def exploit(
    rates: NDArray[np.float64], user: NDArray[np.float64], recogniser: NDArray[np.float64]
) -> float:
    """Return the exploitability: the best column against `user`, less the best row's answer.

    Both mixtures are in equilibrium exactly when it is zero (von Neumann 1928).
    """
    return float((user @ rates).max() - (rates @ recogniser).min())


def as_json(table: Table, equilibrium: Equilibrium, unit: Literal["fraction", "percent"]) -> str:
    """Return an equilibrium as JSON: mixtures by strategy name, the value in `unit`."""
    scale = 100 if unit == "percent" else 1
    interval = equilibrium.interval
    return json.dumps(
        {
            "value": equilibrium.value * scale,
            "value_interval": interval and [interval.low * scale, interval.high * scale],
            "confidence": interval and interval.confidence,
            "resamples": interval and interval.resamples,
            "unit": unit,
            "user": dict(zip(table.user, equilibrium.user.tolist(), strict=True)),
            "recogniser": dict(zip(table.recogniser, equilibrium.recogniser.tolist(), strict=True)),
            "exploitability": equilibrium.exploitability * scale,
            "unique": equilibrium.unique,
            "solver": equilibrium.solver,
        },
        indent=2,
    )


def write_equilibrium(path: Path, table: Table, equilibrium: Equilibrium) -> None:
    """Write an equilibrium as JSON, in fractions."""
    with whole(path) as beside:
        beside.write_text(as_json(table, equilibrium, "fraction") + "\n", encoding="utf-8")


def read_equilibrium(path: Path, table: Table) -> Equilibrium:
    """Read what `write_equilibrium` wrote of a table."""
    found = json.loads(path.read_text(encoding="utf-8"))
    interval = None
    if found["value_interval"] is not None:
        low, high = found["value_interval"]
        interval = Interval(low, high, found["confidence"], found["resamples"])
    return Equilibrium(
        found["value"],
        np.array([found["user"][name] for name in table.user]),
        np.array([found["recogniser"][name] for name in table.recogniser]),
        found["exploitability"],
        found["unique"],
        found["solver"],
        interval,
    )


def _linear_program(
    rates: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    # No equilibrium changes where payoffs are shifted and scaled.
    payoffs = 2 - (rates - rates.min()) / (float(np.ptp(rates)) or 1.0)
    found = []
    for spread in SPREADS:
        user, recogniser = map(_mixture, nashpy.Game(spread * payoffs).linear_program())
        found.append((exploit(rates, user, recogniser), user, recogniser))
        if found[-1][0] <= TOLERANCE:
            break
    return min(found, key=lambda each: each[0])[1:]


def _mixture(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    positive = np.where(weights > TOLERANCE, weights, 0.0)
    return np.asarray(positive / positive.sum(), dtype=np.float64)


def _unique(rates: NDArray[np.float64]) -> bool:
    if 1 in rates.shape:  # one side has no choice; the other's best answers may tie
        best = rates == (rates.max() if rates.shape[0] == 1 else rates.min())
        return int(best.sum()) == 1
    # Strictly positive payoffs bound the best-response polytopes.
    game = nashpy.Game(2 - rates, 1 + rates)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # Nashpy's word on degenerate games
        found = [np.concatenate(pair) for pair in game.vertex_enumeration()]
    return len(found) > 0 and all(np.allclose(found[0], other, atol=1e-7) for other in found)
