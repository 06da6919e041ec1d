"""What a game charges, as a config says it."""

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
