"""The artifacts of a study: which file below ``results/<study>/`` is made from what."""

from collections.abc import Iterator
from pathlib import Path

from aip.study.fingerprints import Study
from aip.study.making import Made
from aip.study.shards import Direction
from aip.study.shown import met

# The folders that hold artifacts; what jobs logged and measured lies elsewhere.
FOLDERS = (
    "album",
    "recognisers",
    "perturbations",
    "lessons",
    "drawn_lessons",
    "cells",
    "impostors",
    "games",
    "growth",
    "frontier",
    "tables",
    "report",
)

OF_A_FRONTIER = ("frontier.csv", "frontier.svg", "summary.txt")


def artifacts(study: Study) -> Iterator[tuple[Path, Made]]:
    """Find the artifacts that are there and that the study asks for, and what each is made from."""
    root = Path("results", study.name)
    waiting = sorted(root.glob("*"), reverse=True)
    while waiting:
        path = waiting.pop()
        parts = path.relative_to(root).parts
        if path.name.startswith("."):
            continue
        if made_from := made(study, parts):
            yield path, made_from
        elif parts[0] in FOLDERS and path.is_dir():
            waiting += sorted(path.iterdir(), reverse=True)


def made(study: Study, parts: tuple[str, ...]) -> Made | None:
    """Say what an artifact is made from, as the rule that makes it does.

    Parameters
    ----------
    study : Study
    parts : tuple of str
        The parts of its path below the study's results.

    Returns
    -------
    Made or None
        None if the study asks for no such artifact.
    """
    match parts:
        case ("album", "index.csv" | "missing.csv" | "photos"):
            return study.album_made
        case ("album", "faces.csv") if study.faces:
            return study.faces_made
        case ("heads.h5" | "heads.json",):
            return study.heads_made
        case ("landmarks.h5" | "landmarks.json",) if study.aligns(*study.recognisers):
            return study.landmarks_made
        case ("recognisers", name, file) if name in study.recognisers:
            return _of_recogniser(study, name, file)
        case ("recognisers", name, "enrolled", user, file) if (
            name in study.recognisers and user in study.user_strategies
        ):
            return _enrolled(study, name, user, file)
        case ("perturbations", user, file) if user in study.user_strategies:
            shard = study.shards("attacked").get(Path(file).stem)
            return study.user_made(user, shard.direction) if shard else None
        case ("lessons", user, ("enrolled" | "train") as purpose, file) if _teaches(study, user):
            shard = study.shards(purpose).get(Path(file).stem)
            return study.lesson_made(user, purpose, shard.direction) if shard else None
        case ("drawn_lessons", name, ("enrolled" | "train") as purpose, file) if _draws(
            study, name
        ):
            shard = study.shards(purpose).get(Path(file).stem)
            return study.drawn_lesson_made(name, purpose, shard.direction) if shard else None
        case ("cells", user, file) if user in study.user_strategies:
            strategy = Path(file).stem
            known = strategy in study.recogniser_strategies
            return study.cell_made(user, strategy) if known else None
        case ("impostors", *folder, file):
            return _impostors(study, folder, Path(file).stem)
        case ("games", game, file) if game in study.games:
            return _of_game(study, game, file)
        case ("growth", name, "growth.csv" | "growth.svg" | "summary.txt") if name in study.growth:
            return study.growth_made(name)
        case ("frontier", name, file) if name in study.frontier and file in OF_A_FRONTIER:
            return study.frontier_made(name)
        case ("tables", table, "rates.csv" | "table.md" | "table.tex") if table in study.tables:
            return study.overview_made(table)
        case ("report", "sheets", file) if Path(file).stem in study.user_strategies:
            return study.sheet_made(Path(file).stem)
        case ("report", "heads", file) if Path(file).stem in met(study):
            return study.page_heads_made(Path(file).stem)
        case ("report", "index.html"):
            return study.page_made
        case ("report", "summary.txt"):
            return study.summary_made
        case ("costs.csv",):
            return study.costs_made
    return None


def _teaches(study: Study, user: str) -> bool:
    known = any(user in study.known(name) for name in study.recognisers)
    return known or (study.enrols_published and user in study.user_strategies)


def _draws(study: Study, recogniser: str) -> bool:
    return recogniser in study.recognisers and study.learns_from(recogniser) is not None


def _of_recogniser(study: Study, name: str, file: str) -> Made | None:
    match file:
        case "net.pt" | "curve.csv":
            return study.net_made(name)
        case "curve.svg":
            return study.curve_made(name)
        case "features.h5":
            return study.features_made(name)
        case "svm.h5" | "card.json":
            return study.recogniser_made(name, "0-1")
        case "svm-reverse.h5" | "card-reverse.json":
            return study.recogniser_made(name, "1-0")
        case "train_features.h5":
            return study.train_features_made(name)
        case "teacher.h5":
            return study.teacher_made(name)
    return None


def _enrolled(study: Study, name: str, user: str, file: str) -> Made | None:
    if file == "features.h5":
        return study.enrolled_features_made(name, user)
    stem, _, enrols = Path(file).stem.rpartition("-")
    if stem.removesuffix("-reverse") not in ("svm", "card") or enrols not in ("published", "both"):
        return None
    direction: Direction = "1-0" if stem.endswith("-reverse") else "0-1"
    return study.enrolled_made(name, user, enrols, direction)


def _impostors(study: Study, folder: list[str], name: str) -> Made | None:
    """Say what impostor scores are made from: ``<column>``, or ``<column>/<user>``."""
    column, user = (folder[0], name) if folder else (name, next(iter(study.user_strategies)))
    strategy = study.recogniser_strategies.get(column)
    if strategy is None or user not in study.user_strategies or len(folder) > 1:
        return None
    return study.impostors_made(user, column) if bool(folder) == ("enrols" in strategy) else None


def _of_game(study: Study, game: str, file: str) -> Made | None:
    match file:
        case "payoff.csv" | "outcomes.h5" | "perceptibility.csv":
            return study.table_made(game)
        case "mixtures.json":
            return study.mixtures_made(game)
        case "equilibrium.json" | "table.md" | "table.tex":
            return study.equilibrium_made(game)
        case "payoff.svg" | "payoff.png":
            return study.payoff_made(game)
    return None
