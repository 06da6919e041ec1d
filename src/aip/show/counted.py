"""What counts as recognised, in words."""

from aip.game.payoff import Payoff
from aip.game.worth import Worth


def rate(rank: int, payoff: Payoff | None) -> str:
    """Name a rate.

    Examples
    --------
    >>> rate(1, None), rate(5, None)
    ('recognition rate', 'recognition rate at rank 5')
    >>> rate(5, Payoff("identify", 0.01))
    'identification rate at rank 5 and a false-match rate of 0.01'
    """
    name = "recognition" if payoff is None else NAMES[payoff.measure]
    return f"{name} rate{_at(rank, payoff)}"


def recognised(rank: int, payoff: Payoff | None) -> str:
    """Say what happens to a head that counts.

    Examples
    --------
    >>> recognised(1, None), recognised(1, Payoff("verify", 0.001))
    ('recognised', 'verified at a false-match rate of 0.001')
    """
    return f"{verb(payoff)}{_at(rank, payoff)}"


def meaning(rank: int, payoff: Payoff | None) -> str:
    """Say when a head counts; empty where it is recognised by its highest score.

    Examples
    --------
    >>> meaning(5, None)
    'among the 5 highest scores'
    >>> meaning(1, Payoff("verify", 0.001))
    'the score of its own identity reaches the threshold'
    """
    listed = f"among the {rank} highest scores" if rank > 1 else ""
    if payoff is None:
        return listed
    if payoff.measure == "verify":
        return "the score of its own identity reaches the threshold"
    return f"{listed or 'the highest score'}, and it reaches the threshold"


def verb(payoff: Payoff | None) -> str:
    """Say what happens to a head that counts, without at which rank or threshold."""
    return VERBS[_measure(payoff)][0]


def does(payoff: Payoff | None) -> str:
    """Say what a recogniser does with a head that counts."""
    return VERBS[_measure(payoff)][1]


def rates(worth: Worth | None) -> str:
    """Return what the rates of a game are."""
    return f"{rate(*_of(worth))} in percent"


def said(worth: Worth | None) -> str:
    """Say what happens to a head that counts in a game, and when it counts."""
    counted = _of(worth)
    when = meaning(*counted)
    return f"{recognised(*counted)}{f' ({when})' if when else ''}"


def short(worth: Worth | None) -> str:
    """Name on an axis what happens to a head that counts in a game."""
    return f"{recognised(*_of(worth))} (%)"


NAMES = {"identify": "identification", "verify": "verification"}
VERBS = {
    "rank": ("recognised", "recognises"),
    "identify": ("identified", "identifies"),
    "verify": ("verified", "verifies"),
}


def _measure(payoff: Payoff | None) -> str:
    return "rank" if payoff is None else payoff.measure


def _of(worth: Worth | None) -> tuple[int, Payoff | None]:
    return (1, None) if worth is None else (worth.rank, worth.payoff)


def _at(rank: int, payoff: Payoff | None) -> str:
    ranked = rank > 1 or (payoff is not None and payoff.measure == "identify")
    conditions = [f"rank {rank}"] if ranked else []
    if payoff is not None:
        conditions.append(f"a false-match rate of {payoff.fmr:g}")
    return f" at {' and '.join(conditions)}" if conditions else ""
