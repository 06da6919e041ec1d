"""What counts as recognised in a game or a table, as a config says it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aip.errors import BadInput
from aip.game.payoff import comparisons
from aip.study.definitions import Definition


def payoff(
    entry: Mapping[str, Any],
    where: str,
    other_heads: Callable[[], int],
    people: Callable[[], Sequence[str] | None],
) -> Definition:
    """Resolve the payoff of a game or a table.

    Parameters
    ----------
    entry : mapping
        The game or the table, with defaults.
    where : str
        Where it is given.
    other_heads : callable
        Gives how many heads of other people the album has for thresholds, at most; asked only where
        there is a threshold.
    people : callable
        Gives the people to recognise, or None if the album does not know them before it is made.

    Returns
    -------
    dict
        ``payoff``, as `aip.game.payoff.Payoff` takes it; nothing where the rank alone says what
        counts.

    Raises
    ------
    BadInput
        There are fewer people than the rank, it has no meaning, or there are too few other people
        for the false-match rate.
    """
    _check_rank(where, entry["rank"], people)
    found = entry["payoff"]
    if found is None:
        return {}
    if found["measure"] == "verify" and entry["rank"] != 1:
        raise BadInput(
            f"{where}.rank: found {entry['rank']}, expected 1, since the payoff verify compares a "
            "head with its own identity alone"
        )
    heads, known = other_heads(), people()
    needed, many = comparisons(found["fmr"]), len(known) if known is not None else None
    if heads == 0 or (many is not None and heads * many < needed):
        compared = "" if many is None else f", and {many} people to recognise"
        raise BadInput(
            f"{where}.payoff.fmr: found {found['fmr']:g}, which takes at least {needed:,} "
            f"comparisons of other people's heads with people to recognise, and the album has "
            f"{heads:,} heads of other people, those of the train subset{compared}"
        )
    return {"payoff": dict(found)}


def check_folds(
    game: str, folds: int, heads: int | None, directions: int, people: Sequence[str] | None
) -> None:
    """Refuse more folds than people attacked, if the album knows these before it is made.

    For other albums only the job can know. At most `heads` are attacked in each direction, each of
    another person as long as there are some.
    """
    if people is None:
        return
    many = len(people)
    attacked = many if heads is None else min(many, heads * directions)
    if folds > attacked:
        raise BadInput(
            f"config: games.{game}.folds: found {folds}, expected at most {attacked}, the number "
            "of people attacked"
        )


def _check_rank(where: str, rank: int, people: Callable[[], Sequence[str] | None]) -> None:
    """Refuse a rank above the number of people, if the album knows these before it is made."""
    known = people() if rank > 1 else None
    if known is not None and rank > len(known):
        raise BadInput(
            f"{where}.rank: found {rank}, expected at most {len(known)}, the number of people to "
            "recognise"
        )
