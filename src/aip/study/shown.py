"""What the page of a study shows, and how much of it."""

from typing import TYPE_CHECKING

from aip.study.definitions import Definition

if TYPE_CHECKING:
    from aip.study.config import StudyConfig

# How many heads of each user strategy are shown, at most: the most that leave the page below so
# many thumbnails, each of about 1 kB.
HEADS = (120, 60, 30, 12, 6, 3)
THUMBNAILS = 40_000


def games(study: "StudyConfig") -> list[str]:
    """Return the games that are shown as tables.

    Of a growth, the games between the first and the last are shown by its curve alone; of a
    frontier, all games, and the growths from them, by its curve.
    """
    passed = {game for grown in study.growth.values() for game in grown.games[1:-1]}
    return [game for game in study.games if game not in passed | _traced(study)]


def growth(study: "StudyConfig") -> list[str]:
    """Return the growths that are shown: those that no frontier shows."""
    traced = _traced(study)
    return [name for name, grown in study.growth.items() if grown.games[-1] not in traced]


def met(study: "StudyConfig") -> dict[str, list[str]]:
    """Return the recogniser strategies that each shown user strategy meets, in their order."""
    found: dict[str, dict[str, None]] = {}
    for name in games(study):
        game = study.games[name]
        for user in game["user"]:
            found.setdefault(user, {}).update(dict.fromkeys(game["recogniser"]))
    for table in study.tables.values():
        for row in table["cells"]:
            for user, strategy in zip(row, table["recogniser"], strict=True):
                found.setdefault(user, {})[strategy] = None
    return {user: list(strategies) for user, strategies in found.items()}


def head_count(study: "StudyConfig") -> int:
    """Return how many heads of each user strategy are shown, if there are so many."""
    sprites = 0
    for strategies in met(study).values():
        kinds = {study.recogniser_strategies[each]["process"][0][0] for each in strategies}
        sprites += 3 + len(kinds)
    return next((n for n in HEADS if n * sprites <= THUMBNAILS), HEADS[-1])


def definition(study: "StudyConfig") -> Definition:
    """Return what the page says of the config, resolved: all that it shows, and no more."""
    found = met(study)
    strategies = dict.fromkeys(each for several in found.values() for each in several)
    recognisers = dict.fromkeys(
        study.recogniser_strategies[each]["recogniser"] for each in strategies
    )
    shown, grown = games(study), growth(study)
    answer = [study.growth[grown[0]].games[-1]] if grown else shown[:1]
    return {
        "main": answer[0] if answer else None,
        "album": study.album,
        "recognisers": {name: study.recogniser(name) for name in recognisers},
        "user_strategies": {name: study.user_strategies[name] for name in found},
        "recogniser_strategies": {n: study.recogniser_strategies[n] for n in strategies},
        "games": {name: study.games[name] for name in shown},
        "tables": study.tables,
        "growth": grown,
        "frontier": list(study.frontier),
    }


def files(study: "StudyConfig") -> list[tuple[str, str]]:
    """Return a file of each artifact that the page follows from: what it is, and its path.

    Paths lie below the study's results. Cells are not among them: the page has each with its heads.
    """
    said = definition(study)
    svm = "svm.h5" if study.directions[0] == "0-1" else "svm-reverse.h5"
    shard = next(iter(study.shards("attacked")))
    return [
        ("album", "album/index.csv"),
        ("heads", "heads.h5"),
        *((f"recogniser {n}", f"recognisers/{n}/{svm}") for n in said["recognisers"]),
        *(
            (f"published heads of {n}", f"perturbations/{n}/{shard}.h5")
            for n in said["user_strategies"]
        ),
        *((f"game {n}", f"games/{n}/equilibrium.json") for n in said["games"]),
        *((f"growth {n}", f"growth/{n}/growth.csv") for n in said["growth"]),
        *((f"frontier {n}", f"frontier/{n}/frontier.csv") for n in said["frontier"]),
        *((f"table {n}", f"tables/{n}/rates.csv") for n in said["tables"]),
        ("this page", "report/index.html"),
    ]


def _traced(study: "StudyConfig") -> set[str]:
    return {game for frontier in study.frontier.values() for game in frontier.games}
