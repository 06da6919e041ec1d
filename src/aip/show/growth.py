"""How a game grew: as a picture, and in words."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from aip.errors import printable
from aip.game.equilibrium import Equilibrium
from aip.game.growth import Response, Round
from aip.show.typeset import span
from aip.store.files import whole

PLAYED = 0.01  # a strategy that is played less often is counted, not named


def draw(path: Path, name: str, grown: Sequence[Round]) -> None:
    """Draw the value by round, with its interval and the bounds that the responses set."""
    numbers = range(len(grown))
    with mpl.rc_context({"svg.hashsalt": "aip", "font.size": 10, "text.parse_math": False}):
        figure = Figure(figsize=(6.4, 3.6), layout="constrained")
        axes = figure.add_subplot()
        axes.set_title(f"{printable(name)}: the value as the game grows")
        values = [each.game.equilibrium.value * 100 for each in grown]
        axes.plot(numbers, values, "C0-o", label="value", markersize=4)
        intervals = [each.game.equilibrium.interval for each in grown]
        ends = [(n, i.low * 100, i.high * 100) for n, i in enumerate(intervals) if i is not None]
        if ends:
            at, low, high = zip(*ends, strict=True)
            axes.vlines(at, low, high, "C0", alpha=0.5, label="95 % interval")
        for bound, style, label in (
            ("upper", "C1--^", "what the recogniser's response found"),
            ("lower", "C2--v", "what the user's response found"),
        ):
            known = [(n, getattr(each, bound) * 100) for n, each in enumerate(grown) if n]
            axes.plot(*zip(*known, strict=True), style, label=label, markersize=4, linewidth=1)
        axes.set_xlabel("round")
        axes.set_ylabel("recognised (%)")
        axes.set_ylim(0, 100)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        figure.legend(loc="outside lower center", ncols=2, frameon=False)
        with whole(path) as beside:
            figure.savefig(beside, format="svg", metadata={"Date": None})


def describe(name: str, games: Sequence[str], grown: Sequence[Round]) -> str:
    """Say in a few lines what each side learnt, and what is still to be gained.

    Parameters
    ----------
    name : str
        The growth's.
    games : sequence of str
        The names of its games, the start game first.
    grown : sequence of Round
        One for each game.
    """
    first, last, count = grown[0], grown[-1], len(grown) - 1
    heads = last.game.table.counts
    of = "" if heads is None else f" of {heads.heads.max()} heads"
    lines = [
        f"Growth {printable(name)}: in {_rounds(count)} the value of the game went from "
        f"{_value(first.game.equilibrium)} ({printable(games[0])}) to "
        f"{_value(last.game.equilibrium)} ({printable(games[-1])}){of}.",
        *(_learnt(number, each) for number, each in enumerate(grown) if number),
        f"In {printable(games[-1])}, the user plays "
        f"{_played(last.game.table.user, last.game.equilibrium.user.tolist())}; the recogniser "
        f"plays {_played(last.game.table.recogniser, last.game.equilibrium.recogniser.tolist())}.",
        _to_be_gained(count, last),
    ]
    return "\n".join(lines) + "\n"


def _learnt(number: int, each: Round) -> str:
    assert each.user is not None
    assert each.recogniser is not None
    return (
        f"Round {number}: the user's {_gained(each.user)}, the recogniser's "
        f"{_gained(each.recogniser)}; value {_value(each.game.equilibrium)}."
    )


def _gained(response: Response) -> str:
    name, points = printable(response.name), response.gain * 100
    if points <= 0:
        return f"{name} gains nothing ({points:+.1f} points)"
    return f"{name} gains {points:.1f} points"


def _to_be_gained(count: int, last: Round) -> str:
    assert last.user is not None
    assert last.recogniser is not None
    gains = [max(response.gain, 0.0) * 100 for response in (last.user, last.recogniser)]
    return (
        f"Still to be gained: the last responses gained the user {gains[0]:.1f} and the recogniser "
        f"{gains[1]:.1f} points over the game before; nobody has answered the last game yet, which "
        f"{_rounds(count + 1)} would do. Responses are learnt, so there may be better ones."
    )


def _played(names: Sequence[str], mixture: Sequence[float]) -> str:
    pairs = sorted(zip(mixture, names, strict=True), key=lambda pair: -pair[0])
    named = [f"{printable(name)} {p * 100:.0f} %" for p, name in pairs if p >= PLAYED]
    others = sum(1 for p, _ in pairs if 0 < p < PLAYED)
    return ", ".join([*named, *([f"{others} more, each below 1 %"] if others else [])])


def _rounds(count: int) -> str:
    return f"{count} round{'' if count == 1 else 's'}"


def _value(equilibrium: Equilibrium) -> str:
    interval = equilibrium.interval
    sure = "" if interval is None else f" [{span(interval.low, interval.high, 1)}]"
    return f"{equilibrium.value * 100:.1f} %{sure}"
