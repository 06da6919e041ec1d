"""Frontiers: one game for each epsilon, to plot what it guarantees against how visible it is.

The games, and the growths that start from them, are written out as ordinary entries of the config,
so that a study plans, fingerprints and makes them as any others.
"""

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from aip.errors import BadInput, unknown
from aip.study.charges import charge
from aip.study.definitions import Definition, members
from aip.study.epsilons import named
from aip.study.families import Families
from aip.study.written_out import add


@dataclass(frozen=True)
class Point:
    """The games of one epsilon.

    Attributes
    ----------
    epsilon : float
    start : str
        The game without growth.
    grown : str or None
        The last game of the growth from it; None without growth.
    """

    epsilon: float
    start: str
    grown: str | None

    @property
    def games(self) -> list[str]:
        """The names of its games."""
        return [self.start, *([] if self.grown is None else [self.grown])]


@dataclass(frozen=True)
class Frontier:
    """A frontier.

    Attributes
    ----------
    game : str
        The game that it divides by epsilon.
    measure : str
        Of visibility: ``l2``, ``norm`` or ``ssim``.
    points : tuple of Point
        By epsilon, the smallest first.
    unchanged : str or None
        A row of its games that publishes heads as they are, if there is one.
    """

    game: str
    measure: str
    points: tuple[Point, ...]
    unchanged: str | None

    @property
    def games(self) -> list[str]:
        """The names of all its games."""
        return [game for point in self.points for game in point.games]


def trace(
    given: Mapping[str, Any],
    sections: Mapping[str, Any],
    families: Families,
    epsilons: Mapping[str, float],
) -> tuple[dict[str, Any], dict[str, Frontier]]:
    """Write out the games of every frontier, and their growths.

    A frontier ``f`` has a game ``f-<epsilon>`` for each epsilon, with those rows of its game that
    have this epsilon or are in no family by epsilon, and all else of that game. Growth, if it is
    asked for, starts from each of them under the same name.

    Parameters
    ----------
    given : mapping
        The config as given, its families expanded.
    sections : mapping
        The same with defaults, checked.
    families : mapping
        Those of user strategies, as `aip.study.families.expand` returns them.
    epsilons : mapping
        Of each member of a family by epsilon.

    Returns
    -------
    config : dict
        With these games and growths.
    frontiers : dict of Frontier
        By name.

    Raises
    ------
    BadInput
        A frontier has no game, no family by epsilon in it or a single epsilon, a key has no meaning
        here, or a name is taken.
    """
    config = {key: dict(v) if isinstance(v, Mapping) else v for key, v in given.items()}
    config.setdefault("growth", {})
    found = {}
    for name, entry in sections["frontier"].items():
        where = f"config: frontier.{name}"
        if entry["game"] not in sections["games"]:
            raise unknown(f"{where}.game", "game", entry["game"], sections["games"])
        game = sections["games"][entry["game"]]
        rows = members(game["user"], families)
        growth = entry.get("growth")
        if growth is not None:
            _check_growth(growth, entry["game"], game, where)
        points = []
        for epsilon in _epsilons(rows, epsilons, entry["game"], f"{where}.game"):
            own = f"{name}-{named(epsilon)}"
            kept = [row for row in rows if epsilons.get(row, epsilon) == epsilon]
            add(
                config,
                "games",
                own,
                {**deepcopy(config["games"][entry["game"]]), "user": kept},
                "frontier",
            )
            if growth is not None:
                user = {**deepcopy(growth["user"]), "epsilon": epsilon}
                add(
                    config,
                    "growth",
                    own,
                    {**deepcopy(growth), "start": own, "user": user},
                    "frontier",
                )
            points.append(Point(epsilon, own, growth and f"{own}-{growth['rounds']}"))
        plain = (
            row for row in rows if sections["user_strategies"].get(row, {}).get("method") == "none"
        )
        found[name] = Frontier(entry["game"], entry["measure"], tuple(points), next(plain, None))
    return config, found


def as_given(sentence: str, frontiers: Mapping[str, Frontier]) -> str:
    """Say an error of what a frontier wrote out by the keys that the user gave.

    Examples
    --------
    >>> frontiers = {"f": Frontier("g", "l2", (Point(400.0, "f-400", None),), None)}
    >>> as_given("config: growth.f-400.user.steps: found 0", frontiers)
    'config: frontier.f.growth.user.steps: found 0'
    >>> as_given("config: games.f-400.rank: found 9", frontiers)
    'config: games.g.rank: found 9'
    """
    for name, frontier in frontiers.items():
        for point in frontier.points:
            for section, place in (
                ("growth", f"frontier.{name}.growth"),
                ("games", f"games.{frontier.game}"),
            ):
                found = rf"^config: {section}\.{re.escape(point.start)}(?=[.:])"
                sentence = re.sub(found, f"config: {place}", sentence)
    return sentence


def _epsilons(rows: list[str], epsilons: Mapping[str, float], game: str, where: str) -> list[float]:
    """Return the epsilons of a game's rows, the smallest first."""
    found = sorted({epsilons[row] for row in rows if row in epsilons})
    if not found:
        raise BadInput(
            f"{where}: no row of the game {game!r} is in a family by epsilon; expected user "
            "strategies with epsilon: {each: [numbers]}"
        )
    if len(found) == 1:
        raise BadInput(
            f"{where}: found a single epsilon, {found[0]:g}, in the game {game!r}; expected rows "
            "of several, to see what each more visible one is worth"
        )
    return found


def _check_growth(growth: Definition, game: str, found: Definition, where: str) -> None:
    for key in ("epsilon", "i_conf"):
        if key in growth["user"]:
            raise BadInput(
                f"{where}.growth.user: the key {key!r} has no meaning here; each game grows with "
                "the epsilon of its rows"
            )
    if charge(found["charge"], []) is not None:
        raise BadInput(
            f"{where}.growth: the game {game!r} charges, while the gains of a growth are rates; "
            "expected a game without the key 'charge'"
        )
