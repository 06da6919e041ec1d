"""Growth: a game to which both sides' best responses are added, round by round.

The rounds are written out as ordinary strategies, recognisers and games, so that a study plans,
fingerprints and makes them as any others. This is the double oracle method (McMahan, Gordon & Blum,
*Planning in the Presence of Cost Functions Controlled by an Adversary*, ICML 2003) with learnt
oracles, as policy-space response oracles have them (Lanctot et al., *A Unified Game-Theoretic
Approach to Multiagent Reinforcement Learning*, NeurIPS 2017).
"""

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from aip import perturb
from aip.errors import BadInput, unknown
from aip.study.answers import check_learnable
from aip.study.definitions import Definition, copies, members
from aip.study.families import Families
from aip.study.written_out import add, taken


@dataclass(frozen=True)
class Growth:
    """A grown game.

    Attributes
    ----------
    games : tuple of str
        The start game, then the game of each round, with the start game's other keys.
    users : tuple of str
        The user strategy that each round adds.
    recognisers : tuple of str
        The recogniser that each round teaches.
    columns : tuple of tuple of str
        The recogniser strategies that each round adds: its recogniser behind each processing of
        the start game, or of some of its columns.
    """

    games: tuple[str, ...]
    users: tuple[str, ...]
    recognisers: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]


def grow(
    given: Mapping[str, Any], sections: Mapping[str, Any], families: Mapping[str, Families]
) -> tuple[dict[str, Any], dict[str, Growth]]:
    """Write out the rounds of every growth.

    Round k of the growth ``g`` adds the user strategy ``g-k``, the recogniser ``g-k``, its
    recogniser strategies ``g-k-<column>``, and the game ``g-k``.

    Parameters
    ----------
    given : mapping
        The config as given, its families expanded.
    sections : mapping
        The same with defaults, checked.
    families : mapping
        By section, as `aip.study.families.expand` returns them.

    Returns
    -------
    config : dict
        With the entries of all rounds.
    growth : dict of Growth
        By name.

    Raises
    ------
    BadInput
        A growth starts from no game, a side of its start game cannot learn, a key has no meaning
        here, or a name is taken.
    """
    config = {key: dict(v) if isinstance(v, Mapping) else v for key, v in given.items()}
    found = {}
    for name, entry in sections["growth"].items():
        where = f"config: growth.{name}"
        if entry["start"] not in sections["games"]:
            raise unknown(f"{where}.start", "game", entry["start"], sections["games"])
        start = {
            side: members(sections["games"][entry["start"]][side], families[section])
            for side, section in (
                ("user", "user_strategies"),
                ("recogniser", "recogniser_strategies"),
            )
        }
        columns = _columns(start["recogniser"], sections, entry["start"])
        _check_users(start["user"], sections, entry["start"], where)
        _check_user(entry["user"], f"{where}.user")
        learner = {"learns": "svm", **entry["recogniser"]}
        behind = _behind(columns, learner.pop("behind", None), entry["start"], where)
        learner["base"] = _base(columns, sections, entry, where)
        found[name] = _write_out(config, name, entry, start, behind, learner)
        for section, added in (
            ("user_strategies", found[name].users),
            ("recogniser_strategies", [c for columns in found[name].columns for c in columns]),
        ):
            if twice := next((each for each in added if each in families[section]), None):
                raise taken(section, twice, "growth")
    return config, found


def as_given(sentence: str, growth: Mapping[str, Growth]) -> str:
    """Say an error of what a round added by the keys that the user gave.

    Examples
    --------
    >>> growth = Growth(("start", "g-1"), ("g-1",), ("g-1",), (("g-1-proc",),))
    >>> as_given("config: user_strategies.g-1.steps: found 0", {"g": growth})
    'config: growth.g.user.steps: found 0'
    >>> as_given("config: games.g-1.rank: found 9", {"g": growth})
    'config: games.start.rank: found 9'
    """
    for name, found in growth.items():
        for section, names, place in (
            ("user_strategies", found.users, f"growth.{name}.user"),
            ("recognisers", found.recognisers, f"growth.{name}.recogniser"),
            ("games", found.games[1:], f"games.{found.games[0]}"),
        ):
            added = "|".join(map(re.escape, names))
            sentence = re.sub(
                rf"^config: {section}\.({added})(?=[.:])", f"config: {place}", sentence
            )
    return sentence


def _columns(
    names: list[str], sections: Mapping[str, Any], game: str
) -> dict[str, tuple[str, list[tuple[str, int]]]]:
    """Return, by name, who recognises in each column of a start game, behind which processing."""
    known = sections["recogniser_strategies"]
    for name in names:
        if name not in known:
            raise unknown(f"config: games.{game}.recogniser", "recogniser strategy", name, known)
    where, recognisers = "config: recogniser_strategies", sections["recognisers"]
    for name in names:
        if (recogniser := known[name]["recogniser"]) not in recognisers:
            raise unknown(f"{where}.{name}", "recogniser", recogniser, recognisers)
    return {
        name: (known[name]["recogniser"], copies(known[name]["process"], f"{where}.{name}.process"))
        for name in names
    }


def _base(
    columns: Mapping[str, tuple[str, Any]],
    sections: Mapping[str, Any],
    entry: Definition,
    where: str,
) -> str:
    """Return the recogniser whose net the rounds teach: the only one of the start game, or named.

    The SVM of a recogniser of the authors is taken as it is, so it does not learn.
    """
    known = sections["recognisers"]
    bases: dict[str, None] = {}
    for recogniser, _ in columns.values():
        base = known[recogniser].get("base", recogniser)
        if "svm" not in known.get(base, {}):
            bases[base] = None
    if not bases:
        raise BadInput(
            f"{where}.start: no recogniser of the game {entry['start']!r} can learn, for each has "
            "an SVM of the authors' release; expected one whose SVM is taught here"
        )
    wanted: str | None = entry["recogniser"].get("base")
    if wanted is None and len(bases) > 1:
        raise BadInput(
            f"{where}.recogniser: the key 'base' is missing; the game {entry['start']!r} has "
            f"several recognisers that can learn, {', '.join(bases)}, expected one of them"
        )
    if wanted is not None and wanted not in bases:
        raise BadInput(
            f"{where}.recogniser.base: found {wanted!r}, expected a recogniser of the game "
            f"{entry['start']!r} that can learn: {', '.join(bases)}"
        )
    return wanted or next(iter(bases))


def _behind(
    columns: Mapping[str, tuple[str, list[tuple[str, int]]]],
    wanted: Sequence[str] | None,
    game: str,
    where: str,
) -> dict[str, list[str]]:
    """Return, by column of the start game, the processing that a round's recogniser is behind.

    Of columns behind the same processing, the first counts.
    """
    for name in wanted or ():
        if name not in columns:
            what = f"recogniser strategy of the game {game!r}"
            raise unknown(f"{where}.recogniser.behind", what, name, columns)
    processes: dict[tuple[tuple[str, int], ...], str] = {}
    for column in wanted or columns:
        processes.setdefault(tuple(columns[column][1]), column)
    return {name: [f"{kind}{n}" for kind, n in process] for process, name in processes.items()}


def _check_users(names: list[str], sections: Mapping[str, Any], game: str, where: str) -> None:
    """Refuse a start game in which nobody changes a head, from which there is nothing to learn."""
    known = sections["user_strategies"]
    for name in names:
        if name not in known:
            raise unknown(f"config: games.{game}.user", "user strategy", name, known)
    check_learnable(f"{where}.start", game, names, known)


def _check_user(user: Mapping[str, Any], where: str) -> None:
    for key in ("against", "robust_to"):
        if key in user:
            raise BadInput(
                f"{where}: the key {key!r} has no meaning here; each round answers the mixture of "
                "the round before, and the processing is that of its columns"
            )
    if user["method"] in perturb.BLIND | perturb.ELSEWHERE:
        raise BadInput(
            f"{where}.method: found {user['method']!r}, which perturbs against no recogniser; "
            f"expected one of {', '.join(perturb.METHODS)}"
        )


def _write_out(
    config: dict[str, Any],
    name: str,
    entry: Definition,
    start: Mapping[str, list[str]],
    texts: Mapping[str, list[str]],
    learner: Definition,
) -> Growth:
    """Add a growth's rounds to a config."""
    game = {**config["games"][entry["start"]], **start}
    games, added = [entry["start"]], []
    for k in range(1, entry["rounds"] + 1):
        own, before = f"{name}-{k}", {"game": games[-1]}
        new = {f"{own}-{column}": text for column, text in texts.items()}
        add(
            config, "user_strategies", own, {**deepcopy(entry["user"]), "against": before}, "growth"
        )
        add(config, "recognisers", own, {**deepcopy(learner), "knows": before}, "growth")
        for column, text in new.items():
            add(
                config,
                "recogniser_strategies",
                column,
                {"recogniser": own, "process": text},
                "growth",
            )
        sides = {"user": [*game["user"], own], "recogniser": [*game["recogniser"], *new]}
        game = {**deepcopy(game), **sides}
        add(config, "games", own, game, "growth")
        games.append(own)
        added.append((own, tuple(new)))
    rounds = tuple(own for own, _ in added)
    return Growth(tuple(games), rounds, rounds, tuple(new for _, new in added))
