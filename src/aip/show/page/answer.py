"""The answer of a study: one sentence, against what it holds, and the figure of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from aip.errors import printable
from aip.game.equilibrium import Equilibrium
from aip.game.interval import Interval
from aip.show import counted
from aip.show.page.chart import Bar, bars
from aip.show.tables import against

IN_SAMPLE, HELD_OUT, UNCHANGED, OUTSIDE = 0, 3, 4, 1  # colours of the page's style


@dataclass(frozen=True)
class Answer:
    """What the page says first.

    Attributes
    ----------
    lead, rate, rest : str
        The sentence: before its number, the number, and behind it.
    scope : str
        Against what it holds.
    figure : Markup or None
    """

    lead: str
    rate: str = ""
    rest: str = ""
    scope: str = ""
    figure: Markup | None = None


def answer(games: Mapping[str, Equilibrium], main: str, plain: tuple[str, float] | None) -> Answer:
    """Say what the user of a study is guaranteed.

    Parameters
    ----------
    games : mapping
        The equilibria of the games that are shown, by name.
    main : str
        The game whose guarantee is the answer.
    plain : (str, float) or None
        The user strategy that publishes heads as they are, and the highest rate at which it is
        recognised.
    """
    found = games[main]
    worth = found.worth
    held = worth.held_out if worth else None
    value, interval = (held.value, held.interval) if held else (found.value, found.interval)
    sure = f" (95 % interval {_span(interval)} %)" if interval else ""
    how = "on people held out" if held else "on the heads on which this was found"
    instead = f", instead of {plain[1] * 100:.1f} % unperturbed" if plain else ""
    columns = len(found.recogniser)
    scope = [f"It holds against the {columns} recogniser strategies of the game {printable(main)}"]
    if worth:
        scope = [f"{scope[0]} ({against(worth)}), on heads of {worth.people} people."]
        if worth.worst_outside is None:
            scope.append("The mixture met no recogniser strategy outside the game.")
        else:
            scope.append(
                f"Outside the game, {printable(worth.worst_outside)} recognises "
                f"{worth.outside[worth.worst_outside] * 100:.1f} %."
            )
        scope.append("Recognisers that nobody tried may do better.")
    else:
        scope = [f"{scope[0]}."]
    return Answer(
        f"Whoever perturbs heads as this study found best is {counted.said(worth)} in at most",
        f"{value * 100:.1f} %",
        f" of them, {how}{sure}{instead}.",
        " ".join(scope),
        bars("What each game guarantees, in percent recognised", _bars(games, plain)),
    )


def _bars(games: Mapping[str, Equilibrium], plain: tuple[str, float] | None) -> list[Bar]:
    found = (
        [Bar(f"{printable(plain[0])}, unperturbed", 100 * plain[1], colour=UNCHANGED)]
        if plain
        else []
    )
    for game, equilibrium in games.items():
        name, worth = printable(game), equilibrium.worth
        found.append(_bar(f"{name}, in sample", equilibrium.value, equilibrium.interval, IN_SAMPLE))
        if worth and worth.held_out:
            held = worth.held_out
            found.append(_bar(f"{name}, held out", held.value, held.interval, HELD_OUT))
        if worth and worth.worst_outside is not None:
            outside = worth.worst_outside
            label = f"{name}, worst outside ({printable(outside)})"
            found.append(_bar(label, worth.outside[outside], None, OUTSIDE))
    return found


def _bar(label: str, rate: float, interval: Interval | None, colour: int) -> Bar:
    low, high = (100 * interval.low, 100 * interval.high) if interval else (None, None)
    return Bar(label, 100 * rate, low, high, colour)


def _span(interval: Interval) -> str:
    return f"{interval.low * 100:.1f}–{interval.high * 100:.1f}"
