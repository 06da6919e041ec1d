"""How a game grew: what each round's responses gained, and what bounds they set.

McMahan, Gordon & Blum, *Planning in the Presence of Cost Functions Controlled by an Adversary*,
ICML 2003; Lanctot et al., *A Unified Game-Theoretic Approach to Multiagent Reinforcement Learning*,
NeurIPS 2017.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aip.errors import BadInput
from aip.game.equilibrium import Equilibrium
from aip.game.interval import Interval, percent
from aip.game.table import Table
from aip.game.worth import Worth
from aip.store.delimited import no_formula
from aip.store.files import whole

COLUMNS = (
    *("round", "value", "low", "high", "held_out", "held_out_low", "held_out_high"),
    *("worst_outside", "outside", "rows", "columns"),
    *("user", "user_gain", "recogniser", "recogniser_gain", "lower", "upper"),
)


@dataclass(frozen=True)
class Solved:
    """A game and its equilibrium.

    Attributes
    ----------
    table : Table
    equilibrium : Equilibrium
    """

    table: Table
    equilibrium: Equilibrium


@dataclass(frozen=True)
class Response:
    """The best response that a side found in a round, and what it is worth.

    Attributes
    ----------
    name : str
        The strategy; of several that a side added, the best.
    gain : float
        How much better it is for its side than the value of the game before, against the other
        side's mixture there; a fraction. Below 0, it is worse than what the side had.
    """

    name: str
    gain: float


@dataclass(frozen=True)
class Round:
    """A round of a growth.

    Attributes
    ----------
    game : Solved
        The game after the round.
    user, recogniser : Response or None
        None in round 0, the start game.
    lower, upper : float or None
        What the mixtures of the game before keep the other side to, over all strategies of the game
        after the round: its value lies between them. They bound the value of a game with all
        strategies only if both responses are best ones, which learnt responses need not be.
    """

    game: Solved
    user: Response | None = None
    recogniser: Response | None = None
    lower: float | None = None
    upper: float | None = None


def rounds(games: Sequence[Solved], added: Sequence[tuple[str, Sequence[str]]]) -> list[Round]:
    """Say what each round of a growth gained.

    Parameters
    ----------
    games : sequence of Solved
        The start game, then that of each round, which holds all of the one before.
    added : sequence of (str, sequence of str)
        By round, the user strategy and the recogniser strategies that it added.

    Raises
    ------
    BadInput
        A round's game does not hold the game before and what it added.

    Examples
    --------
    >>> import numpy as np
    >>> from aip.game.equilibrium import solve
    >>> small = Table(("a",), ("c",), np.array([[0.6]]))
    >>> large = Table(("a", "b"), ("c", "d"), np.array([[0.6, 0.9], [0.2, 0.5]]))
    >>> grown = rounds([Solved(t, solve(t)) for t in (small, large)], [("b", ["d"])])
    >>> [round(each, 9) for each in (grown[1].user.gain, grown[1].recogniser.gain)]
    [0.4, 0.3]
    >>> [round(each, 9) for each in (grown[1].lower, grown[1].upper)]
    [0.2, 0.9]
    """
    found = [Round(games[0])]
    for before, after, (row, columns) in zip(games[:-1], games[1:], added, strict=True):
        names = [*before.table.user, row], [*before.table.recogniser, *columns]
        for side, expected in zip(("user", "recogniser"), names, strict=True):
            has: tuple[str, ...] = getattr(after.table, side)
            if list(has) != expected:
                raise BadInput(
                    f"growth: found the {side} strategies {', '.join(has)}, expected "
                    f"{', '.join(expected)}"
                )
        # New rows are the last, and so are new columns.
        rates, (n, m) = after.table.rates, before.table.rates.shape
        met = rates[:, :m] @ before.equilibrium.recogniser
        seen = before.equilibrium.user @ rates[:n]
        value, best = before.equilibrium.value, int(seen[m:].argmax())
        found.append(
            Round(
                after,
                Response(row, value - float(met[n])),
                Response(columns[best], float(seen[m + best]) - value),
                float(met.min()),
                float(seen.max()),
            )
        )
    return found


def write_growth(path: Path, grown: Sequence[Round]) -> None:
    """Write one line per round, with the columns `COLUMNS`: in percent; empty where undefined."""
    with whole(path) as beside, beside.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for number, each in enumerate(grown):
            table, found = each.game.table, each.game.equilibrium
            held = found.worth and found.worth.held_out
            writer.writerow(
                [
                    number,
                    *_with_ends(found.value, found.interval),
                    *(_with_ends(held.value, held.interval) if held else [""] * 3),
                    *_outside(found.worth),
                    len(table.user),
                    len(table.recogniser),
                    *_response(each.user),
                    *_response(each.recogniser),
                    percent(each.lower),
                    percent(each.upper),
                ]
            )


def _with_ends(value: float, interval: Interval | None) -> list[str]:
    ends = (interval.low, interval.high) if interval else (None, None)
    return [percent(each) for each in (value, *ends)]


def _outside(worth: Worth | None) -> list[str]:
    if worth is None or worth.worst_outside is None:
        return ["", ""]
    return [no_formula(worth.worst_outside), percent(worth.outside[worth.worst_outside])]


def _response(response: Response | None) -> list[str]:
    return ["", ""] if response is None else [no_formula(response.name), percent(response.gain)]
