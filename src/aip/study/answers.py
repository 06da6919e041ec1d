"""Best responses: strategies and recognisers that answer a game, and who may answer which."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from aip.errors import BadInput, unknown
from aip.study.definitions import Definition, answered

# What answers what: a section of the config, and a name in it.
Node = tuple[str, str]

NAMED = {"games": "game", "user_strategies": "user strategy", "recognisers": "recogniser"}


@dataclass(frozen=True)
class Answered:
    """Which game each user strategy and each recogniser answers, by name, where it answers one."""

    users: Mapping[str, str]
    recognisers: Mapping[str, str]

    @classmethod
    def of(cls, sections: Mapping[str, Any]) -> Self:
        """Read it from a config with defaults.

        Raises
        ------
        BadInput
            A game that is answered is not there.
        """
        found: list[dict[str, str]] = []
        for section, key in (("user_strategies", "against"), ("recognisers", "knows")):
            games = {name: answered(entry.get(key)) for name, entry in sections[section].items()}
            found.append({name: game for name, game in games.items() if game is not None})
            for name, game in found[-1].items():
                if game not in sections["games"]:
                    where = f"config: {section}.{name}.{key}"
                    raise unknown(where, "game", game, sections["games"])
        return cls(*found)


def answer_games(
    user_strategies: Mapping[str, Definition],
    recognisers: Mapping[str, Definition],
    recogniser_strategies: Mapping[str, Definition],
    games: Mapping[str, Definition],
    known: Mapping[str, Sequence[str]],
    answered: Answered,
) -> tuple[dict[str, Definition], dict[str, Definition]]:
    """Resolve what answers a game, and check that nothing answers itself.

    Parameters
    ----------
    user_strategies, recognisers, recogniser_strategies, games : mapping
        All of the study, resolved but for what they answer.
    known : mapping
        By recogniser, the user strategies that it names.
    answered : Answered

    Returns
    -------
    dict, dict
        The user strategies and the recognisers. They do not have the names of games, with which
        nothing changes.

    Raises
    ------
    BadInput
        Something answers itself, or there is nothing to learn from a game.
    """
    users, learners = {**user_strategies}, {**recognisers}
    for name, game in answered.users.items():
        users[name] = as_answer(user_strategies[name], games[game], recogniser_strategies)
    for name, game in answered.recognisers.items():
        drawn = games[game]["user"]
        check_learnable(f"config: recognisers.{name}.knows", game, drawn, user_strategies)
        learners[name] = {**recognisers[name], "knows": {"user": drawn}}
    check_knowledge(known, users)
    check_rounds(made_from(games, users, recogniser_strategies, known, answered))
    return users, learners


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
        recognisers, each once.
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


def check_knowledge(
    known: Mapping[str, Sequence[str]], user_strategies: Mapping[str, Definition]
) -> None:
    """Refuse recognisers that learn from user strategies which perturb against them.

    Parameters
    ----------
    known : mapping
        By recogniser, the user strategies that it names.
    user_strategies : mapping
        Resolved.

    Raises
    ------
    BadInput
        A recogniser learns from what perturbs against itself.
    """

    def check(name: str, behind: tuple[str, ...]) -> None:
        if name in behind:
            raise BadInput(
                f"config: recognisers.{name}.knows: it is trained on a user strategy that "
                f"perturbs against the recogniser itself ({' → '.join([*behind, name])})"
            )
        for user in known[name]:
            for recogniser in user_strategies[user].get("against", ()):
                check(recogniser, (*behind, name))

    for name in known:
        check(name, ())


def made_from(
    games: Mapping[str, Definition],
    user_strategies: Mapping[str, Definition],
    recogniser_strategies: Mapping[str, Definition],
    known: Mapping[str, Sequence[str]],
    answered: Answered,
) -> dict[Node, list[Node]]:
    """Say from which others each game, user strategy and recogniser is made.

    A game is also made from the recognisers that are scored and not played.
    """
    found: dict[Node, list[Node]] = {}
    for name, game in games.items():
        met = [*game["recogniser"], *game["outside"]]
        behind = dict.fromkeys(recogniser_strategies[each]["recogniser"] for each in met)
        found["games", name] = [
            *(("user_strategies", user) for user in game["user"]),
            *(("recognisers", recogniser) for recogniser in behind),
        ]
    for name, strategy in user_strategies.items():
        found["user_strategies", name] = (
            [("games", answered.users[name])]
            if name in answered.users
            else [("recognisers", recogniser) for recogniser in strategy.get("against", ())]
        )
    for name, users in known.items():
        found["recognisers", name] = (
            [("games", answered.recognisers[name])]
            if name in answered.recognisers
            else [("user_strategies", user) for user in users]
        )
    return found


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
