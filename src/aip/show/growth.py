"""How a game grew: as a picture, and in words."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from aip.errors import printable
from aip.game.growth import Response, Round
from aip.game.interval import Interval
from aip.show.counted import rates, short
from aip.show.tables import against
from aip.show.typeset import rate
from aip.store.files import whole

# The colours C0 to C4, after Okabe and Ito (2008), which colour-blind eyes tell apart.
COLOURS = cycler("color", ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7"])
PLAYED = 0.01  # a strategy that is played less often is counted, not named

# A guarantee, in sample or held out, with its interval.
Sure = tuple[float, Interval | None]


def draw(path: Path, name: str, grown: Sequence[Round]) -> None:
    """Draw by round the value, in sample and held out, and the bounds that the responses set."""
    with mpl.rc_context(
        {
            "svg.hashsalt": "aip",
            "font.size": 10,
            "text.parse_math": False,
            "axes.prop_cycle": COLOURS,
        }
    ):
        figure = Figure(figsize=(6.4, 4.2), layout="constrained")
        axes = figure.add_subplot()
        axes.set_title(f"{printable(name)}: the guarantee as the game grows")
        _guarantee(axes, [_value(each) for each in grown], "C0-o", "value", -0.04)
        _guarantee(axes, [_held_out(each) for each in grown], "C3-s", "held out", 0.04)
        outside = [_worst_outside(each) for each in grown]
        _line(axes, [found and found[1] for found in outside], "C4:x", "worst outside the game")
        upper, lower = [each.upper for each in grown], [each.lower for each in grown]
        _line(axes, upper, "C1--^", "upper bound: the recogniser's response")
        _line(axes, lower, "C2--v", "lower bound: the user's response")
        axes.set_xlabel("round")
        axes.set_ylabel(short(grown[-1].game.equilibrium.worth))
        axes.set_ylim(0, 100)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        figure.legend(loc="outside lower center", ncols=2, frameon=False)
        with whole(path) as beside:
            figure.savefig(beside, format="svg", metadata={"Date": None})


def _guarantee(
    axes: Axes, found: Sequence[Sure | None], style: str, label: str, aside: float
) -> None:
    """Draw a guarantee by round, its intervals a little aside so that none hides another."""
    _line(axes, [each and each[0] for each in found], style, label)
    ends = [(n + aside, each[1]) for n, each in enumerate(found) if each]
    sure = [(n, interval.low * 100, interval.high * 100) for n, interval in ends if interval]
    if sure:
        at, low, high = zip(*sure, strict=True)
        axes.vlines(at, low, high, style[:2], alpha=0.5, label=f"{label}, 95 % interval")


def _line(axes: Axes, values: Sequence[float | None], style: str, label: str) -> None:
    """Draw a line by round, through the rounds that have a value."""
    known = [(n, value * 100) for n, value in enumerate(values) if value is not None]
    if known:
        axes.plot(*zip(*known, strict=True), style, label=label, markersize=4, linewidth=1)


def describe(name: str, games: Sequence[str], grown: Sequence[Round]) -> str:
    """Say in a few sentences what each side learnt, and what is still to be gained.

    Parameters
    ----------
    name : str
        The growth's.
    games : sequence of str
        The names of its games, the start game first.
    grown : sequence of Round
        One for each game.
    """
    names = [printable(game) for game in games]
    lines = [
        f"Growth {printable(name)}: {rates(grown[-1].game.equilibrium.worth)}",
        *(
            _round(number, game, each)
            for number, (game, each) in enumerate(zip(names, grown, strict=True))
        ),
        _learnt(names, grown[-1]),
    ]
    return "\n".join(lines) + "\n"


def _round(number: int, game: str, each: Round) -> str:
    """Say what a round's responses gained, and what the guarantee is after it, against what."""
    equilibrium = each.game.equilibrium
    gained = ""
    if each.user is not None and each.recogniser is not None:
        gained = f"the user's {_gained(each.user)}, the recogniser's {_gained(each.recogniser)}; "
    said = [f"Round {number} ({game}): {gained}guarantee {rate(*_value(each))}"]
    if equilibrium.worth is not None:
        said.append(f"against {against(equilibrium.worth)}")
    if held := _held_out(each):
        said.append(f"held out {rate(*held)}")
    if outside := _worst_outside(each):
        said.append(f"worst outside {printable(outside[0])} {outside[1] * 100:.1f} %")
    return f"{', '.join(said)}."


def _learnt(games: Sequence[str], last: Round) -> str:
    """Say in a sentence what each side learnt, and what is still to be gained."""
    table, found = last.game.table, last.game.equilibrium
    assert last.user is not None
    assert last.recogniser is not None
    gains = [max(response.gain, 0.0) * 100 for response in (last.user, last.recogniser)]
    before, after = games[-2:]
    return (
        f"In {after} the user plays {_played(table.user, found.user)} and the recogniser "
        f"{_played(table.recogniser, found.recogniser)}; what was still to be gained in {before} "
        f"is {sum(gains):.1f} points ({gains[0]:.1f} for the user and {gains[1]:.1f} for the "
        f"recogniser) or, as responses are learnt, more; nobody has answered {after} yet."
    )


def _gained(response: Response) -> str:
    name, points = printable(response.name), response.gain * 100
    if response.gain <= 0:
        return f"{name} gains nothing ({points:+.1f} points) and is kept"
    return f"{name} gains {points:.1f} points"


def _played(names: Sequence[str], mixture: NDArray[np.float64]) -> str:
    pairs = sorted(zip(mixture.tolist(), names, strict=True), key=lambda pair: -pair[0])
    named = [f"{printable(name)} {p * 100:.0f} %" for p, name in pairs if p >= PLAYED]
    others = sum(1 for p, _ in pairs if 0 < p < PLAYED)
    return ", ".join([*named, *([f"{others} more below 1 % each"] if others else [])])


def _value(each: Round) -> Sure:
    return each.game.equilibrium.value, each.game.equilibrium.interval


def _held_out(each: Round) -> Sure | None:
    worth = each.game.equilibrium.worth
    held = worth and worth.held_out
    return (held.value, held.interval) if held else None


def _worst_outside(each: Round) -> tuple[str, float] | None:
    worth = each.game.equilibrium.worth
    if worth is None or worth.worst_outside is None:
        return None
    return worth.worst_outside, worth.outside[worth.worst_outside]
