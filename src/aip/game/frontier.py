"""The price of privacy: what games guarantee, by how visible the user's mixture is."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aip.game.equilibrium import Equilibrium
from aip.game.interval import Interval, percent
from aip.game.table import Table
from aip.game.visibility import visibility
from aip.perturb.perceptibility import MeanPerceptibility
from aip.store.delimited import no_formula
from aip.store.files import whole

COLUMNS = (
    *("kind", "epsilon", "game", "visibility", "rate", "low", "high"),
    *("held_out", "held_out_low", "held_out_high", "outside", "worst_outside"),
)


@dataclass(frozen=True)
class Point:
    """What the game of one epsilon guarantees, and how visible its mixture is.

    Attributes
    ----------
    epsilon : float
        0 for heads that are published as they are.
    game : str
    visibility : float
        The mean of the measure over published heads that are drawn from the user's mixture, as
        `aip.game.visibility` measures it.
    rate : float
        The guarantee, in sample; a fraction.
    interval : Interval or None
    held_out : float or None
        The guarantee on people held out; a fraction.
    held_out_interval : Interval or None
    outside : float or None
        The highest rate of a recogniser strategy outside the game; a fraction.
    worst_outside : str
        Its name; empty if there is none.
    """

    epsilon: float
    game: str
    visibility: float
    rate: float
    interval: Interval | None = None
    held_out: float | None = None
    held_out_interval: Interval | None = None
    outside: float | None = None
    worst_outside: str = ""


@dataclass(frozen=True)
class Curve:
    """The points of one kind, by epsilon.

    Attributes
    ----------
    kind : str
        ``start``, ``grown`` or ``unchanged``.
    points : tuple of Point
    """

    kind: str
    points: tuple[Point, ...]


def point(
    epsilon: float,
    game: str,
    table: Table,
    equilibrium: Equilibrium,
    measure: str,
    seen: Mapping[str, MeanPerceptibility],
) -> Point:
    """Return the point of a solved game.

    Parameters
    ----------
    epsilon : float
    game : str
        Its name.
    table : Table
    equilibrium : Equilibrium
    measure : str
    seen : mapping
        How visible each of its rows is, by name.

    Raises
    ------
    BadInput
        A row does not have the measure.
    """
    means = visibility(table.user, measure, seen)
    mean = sum(p * float(m) for p, m in zip(equilibrium.user.tolist(), means, strict=True))
    worth = equilibrium.worth
    held = None if worth is None else worth.held_out
    worst = None if worth is None else worth.worst_outside
    return Point(
        epsilon,
        game,
        mean,
        equilibrium.value,
        equilibrium.interval,
        None if held is None else held.value,
        None if held is None else held.interval,
        None if worth is None or worst is None else worth.outside[worst],
        worst or "",
    )


def unchanged(game: str, table: Table, user: str) -> Point:
    """Return the point of heads that are published as they are, against a game's best column.

    Parameters
    ----------
    game : str
    table : Table
    user : str
        The row that publishes them.
    """
    return Point(0.0, game, 0.0, float(table.rates[table.user.index(user)].max()))


def write_frontier(path: Path, curves: Sequence[Curve]) -> None:
    """Write one line per point, with the columns `COLUMNS`: rates in percent, empty if unknown."""
    with whole(path) as beside, beside.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for curve in curves:
            for each in curve.points:
                ends = (*_ends(each.interval), each.held_out, *_ends(each.held_out_interval))
                rates = map(percent, (each.rate, *ends, each.outside))
                names = f"{each.epsilon:g}", no_formula(each.game), f"{each.visibility:.6g}"
                writer.writerow([curve.kind, *names, *rates, no_formula(each.worst_outside)])


def _ends(interval: Interval | None) -> tuple[float | None, float | None]:
    return (None, None) if interval is None else (interval.low, interval.high)
