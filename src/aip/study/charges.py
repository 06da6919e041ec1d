"""What a game charges, as a config says it."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from aip.errors import BadInput
from aip.study.definitions import Definition


def charge(given: Mapping[str, Any], columns: Sequence[Definition]) -> Definition | None:
    """Resolve the charges of a game; a charge of 0 is none.

    Parameters
    ----------
    given : mapping
        The game's key ``charge``, with defaults.
    columns : sequence of dict
        The game's recogniser strategies, resolved.

    Returns
    -------
    dict or None
        As `aip.game.charge.charges` takes it; None if nothing is charged.
    """
    visibility = given.get("visibility", {"rate": 0.0})
    if not visibility["rate"] and not given["draws"]:
        return None
    return {
        "measure": visibility["measure"] if visibility["rate"] else None,
        "rate": visibility["rate"],
        "draw": given["draws"],
        "draws": [draws(column["process"]) for column in columns],
    }


def draws(process: Sequence[tuple[str, int]]) -> int:
    """Return how many draws are processed and recognised; O draws nothing and counts once.

    Examples
    --------
    >>> draws([("O", 5), ("B", 5)])
    6
    """
    return sum(1 if kind == "O" else count for kind, count in process)


def check_growth(sections: Mapping[str, Any]) -> None:
    """Refuse to grow a game that charges.

    Parameters
    ----------
    sections : mapping
        The whole config with defaults.
    """
    for name, entry in sections["growth"].items():
        game = sections["games"].get(entry["start"])
        if game is not None and charge(game["charge"], []) is not None:
            raise BadInput(
                f"config: growth.{name}.start: found {entry['start']!r}, a game that charges, "
                "while the gains of a growth are rates; expected a game without the key 'charge'"
            )


def check_norms(
    games: Mapping[str, Definition],
    frontiers: Mapping[str, Any],
    user_strategies: Mapping[str, Definition],
    recognisers: Mapping[str, Definition],
) -> None:
    """Refuse to measure visibility by ``norm`` where rows do not have it at one input size.

    Parameters
    ----------
    games, user_strategies, recognisers : mapping
        All of the study, resolved.
    frontiers : mapping of aip.study.frontier.Frontier
    """
    asked = [
        (f"config: games.{name}.charge.visibility.measure", game)
        for name, game in games.items()
        if game["charge"] is not None and game["charge"]["measure"] == "norm"
    ]
    asked += [
        (f"config: frontier.{name}.measure", games[game])
        for name, frontier in frontiers.items()
        if frontier.measure == "norm"
        for game in frontier.games
    ]
    for where, game in asked:
        sizes = set()
        for user in game["user"]:
            strategy = user_strategies[user]
            if strategy["method"] == "none":
                continue
            if "against" not in strategy:
                raise BadInput(
                    f"{where}: found norm, which {user!r} does not have, since it perturbs against "
                    "no recogniser and so at no input size; expected l2 or ssim"
                )
            own = {tuple(recognisers[each]["input_size"]) for each in strategy["against"]}
            # Which columns of a game are played, and so the largest input, nobody knows yet.
            sizes |= own if "columns" in strategy else {max(own, key=math.prod)}
        if len(sizes) > 1:
            said = ", ".join(f"{height}×{width}" for height, width in sorted(sizes))
            raise BadInput(
                f"{where}: found norm, and rows whose norms are at inputs of several sizes, "
                f"{said}; expected l2 or ssim"
            )
