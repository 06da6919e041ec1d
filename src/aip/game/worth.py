"""What the guarantee of a game is worth: against what it holds, and where it was held to more."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from aip.game.interval import Interval
from aip.game.payoff import Payoff


@dataclass(frozen=True)
class Against:
    """Against what a guarantee holds: what the recogniser strategies of its game are made of.

    Attributes
    ----------
    processings : int
        How many ways to process a head.
    nets : int
        How many nets.
    learnt : int
        How many recognisers that were adversarially trained.
    enrolled : sequence of str
        What else than clean heads some of them enrol: what the user ``published``, or ``both``.
    """

    processings: int
    nets: int
    learnt: int
    enrolled: Sequence[str] = ()


@dataclass(frozen=True)
class HeldOut:
    """The guarantee on people on whom the mixture was not solved.

    Attributes
    ----------
    value : float
        A fraction; `aip.game.held_out.held_out` says what it estimates.
    interval : Interval
    folds : int
        Into how many parts people were divided.
    """

    value: float
    interval: Interval
    folds: int


@dataclass(frozen=True)
class Worth:
    """What a guarantee is worth.

    Attributes
    ----------
    rank : int
        Among how many of the highest scores the identity counts as recognised.
    people : int
        Whose heads were attacked.
    against : Against
    held_out : HeldOut or None
        None where there is only one person, whom nobody can replace.
    outside : dict of str to float
        The rate at which each recogniser strategy that the game does not hold recognises heads of
        the user's mixture, as a fraction.
    payoff : Payoff or None
        What counts as recognised at a threshold; None where the rank alone says it.
    """

    rank: int
    people: int
    against: Against
    held_out: HeldOut | None
    outside: dict[str, float]
    payoff: Payoff | None = None

    @property
    def worst_outside(self) -> str | None:
        """The outside strategy with the highest rate, the first of equals; None if none was met."""
        return max(self.outside, key=lambda name: self.outside[name], default=None)


KEYS = ("rank", "payoff", "people", "against", "held_out", "outside", "worst_outside")


def worth_json(worth: Worth | None, scale: float) -> dict[str, Any]:
    """Return what a guarantee is worth as the keys of a JSON object, its rates times `scale`.

    All of them are null where the heads' outcomes are not known, as for a published table.
    """
    if worth is None:
        return dict.fromkeys(KEYS)
    held, interval = worth.held_out, worth.held_out and worth.held_out.interval
    return {
        "rank": worth.rank,
        "payoff": worth.payoff and asdict(worth.payoff),
        "people": worth.people,
        "against": {key: v for key, v in asdict(worth.against).items() if key != "enrolled" or v},
        "held_out": held
        and interval
        and {
            "value": held.value * scale,
            "interval": [interval.low * scale, interval.high * scale],
            "folds": held.folds,
        },
        "outside": {name: rate * scale for name, rate in worth.outside.items()},
        "worst_outside": worth.worst_outside,
    }


def read_worth(found: Mapping[str, Any]) -> Worth | None:
    """Read what `worth_json` made, in fractions, from the JSON object of an equilibrium."""
    if found["rank"] is None:
        return None
    held = found["held_out"]
    if held is not None:
        low, high = held["interval"]
        interval = Interval(low, high, found["confidence"], found["resamples"])
        held = HeldOut(held["value"], interval, held["folds"])
    return Worth(
        found["rank"],
        found["people"],
        Against(**found["against"]),
        held,
        found["outside"],
        found["payoff"] and Payoff(**found["payoff"]),
    )
