"""Best responses: strategies and recognisers that answer a game, and who may answer which."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aip.errors import BadInput, unknown
from aip.study.definitions import Definition

# What answers what: a section of the config, and a name in it.
Node = tuple[str, str]

NAMED = {"games": "game", "user_strategies": "user strategy", "recognisers": "recogniser"}


def check_game(where: str, game: str, games: Mapping[str, Any]) -> None:
    """Refuse to answer a game that is not there."""
    if game not in games:
        raise unknown(where, "game", game, games)


def as_answer(
    strategy: Definition, game: Definition, recogniser_strategies: Mapping[str, Definition]
) -> Definition:
    """Resolve a user strategy that answers a game's recogniser.

    Parameters
    ----------
    strategy : dict
        The user strategy, without ``against`` and ``robust_to``.
    game : dict
        Its ``user`` and ``recogniser``, by name.
    recogniser_strategies : mapping
        All of the study, resolved.

    Returns
    -------
    dict
        The strategy with ``columns``, the game's recogniser strategies, and ``against``, their
        recognisers, each once. It does not have the game's name, with which nothing changes.
    """
    columns = [{"name": name, **recogniser_strategies[name]} for name in game["recogniser"]]
    against = list(dict.fromkeys(column["recogniser"] for column in columns))
    return {**strategy, "against": against, "columns": columns}


def check_learnable(
    where: str, game: str, users: Sequence[str], user_strategies: Mapping[str, Definition]
) -> None:
    """Refuse to learn from a game in which nobody changes a head."""
    if all(user_strategies[user]["method"] == "none" for user in users):
        raise BadInput(
            f"{where}: every user strategy of the game {game!r} publishes heads as they are, so "
            "there is nothing to learn; expected one with another method than none"
        )


def check_rounds(edges: Mapping[Node, Sequence[Node]]) -> None:
    """Refuse what answers itself.

    Parameters
    ----------
    edges : mapping
        By game, user strategy and recogniser, what each is made from.

    Raises
    ------
    BadInput
        One of them is made from itself; the message names the circle, from a game on.
    """
    done: set[Node] = set()
    for start in edges:
        if circle := _circle(edges, start, done):
            first = next(k for k, (section, _) in enumerate(circle) if section == "games")
            around = [*circle[first:], *circle[:first], circle[first]]
            said = " → ".join(f"{NAMED[section]} {name}" for section, name in around)
            raise BadInput(
                f"config: games.{circle[first][1]}: it answers itself ({said}); expected a game "
                "whose strategies are there before it is solved"
            )


def _circle(
    edges: Mapping[Node, Sequence[Node]], start: Node, done: set[Node]
) -> list[Node] | None:
    """Return the nodes of a circle that can be reached from a node, if there is one."""
    path: dict[Node, Iterator[Node]] = {}
    waiting: list[Node] = [start]
    while waiting:
        node = waiting[-1]
        if node in done:
            waiting.pop()
            continue
        if node not in path:
            path[node] = iter(edges.get(node, ()))
        for following in path[node]:
            if following in path:
                nodes = [*path]
                return nodes[nodes.index(following) :]
            if following not in done:
                waiting.append(following)
                break
        else:
            done.add(node)
            del path[node]
            waiting.pop()
    return None
