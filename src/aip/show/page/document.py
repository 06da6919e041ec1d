"""The page itself: one file, whose style and script are in it, and whose heads lie beside it."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from aip.errors import printable
from aip.process import kind_name
from aip.show.page import parts
from aip.show.page.answer import Answer, answer
from aip.show.page.game import as_data, read_game, read_rates, unchanged
from aip.show.page.script import BESIDE, asset, json_in_page, policy, style
from aip.store.files import whole

SECTIONS = ("album", "recognisers", "user_strategies", "recogniser_strategies", "games", "tables")


def write_page(
    path: Path,
    results: Path,
    definition: Mapping[str, Any],
    cards: Sequence[Path],
    curves: Sequence[Path],
    files: Sequence[tuple[str, str]],
    again: Callable[[Path], str],
) -> None:
    """Write the page of a study.

    Parameters
    ----------
    path : Path
        The file to write; the folder ``heads`` beside it has what
        `aip.show.page_heads.write_heads` wrote of each user strategy that is shown, and what it
        returned, as JSON.
    results : Path
        The study's folder.
    definition : mapping
        What is shown, as `aip.study.shown` has it.
    cards, curves : sequence of Path
        The recognisers' cards and learning curves.
    files : sequence of (str, str)
        A file of each artifact: what it is, and its path below `results`.
    again : callable
        Gives the command that makes a file again.
    """
    main = definition["main"]
    names = sorted(definition["games"], key=lambda name: name != main)  # the answer's game first
    about = {
        user: json.loads((path.parent / "heads" / f"{user}.json").read_text(encoding="utf-8"))
        for user in definition["user_strategies"]
    }
    shown = max((each["shown"] for each in about.values()), default=0)
    read = {name: read_game(results / "games" / name, shown) for name in names}
    tables = {name: table for name, (_, table, _) in read.items()}
    equilibria = {name: equilibrium for name, (_, _, equilibrium) in read.items()}
    games = [
        *(game for game, _, _ in read.values()),
        *(
            read_rates(results / "tables" / name / "rates.csv", table)
            for name, table in definition["tables"].items()
        ),
    ]
    plain = [n for n, each in definition["user_strategies"].items() if each["method"] == "none"]
    growths = [parts.growth(results / "growth" / name) for name in definition["growth"]]
    frontiers = [parts.frontier(results / "frontier" / name) for name in definition["frontier"]]
    costs = parts.costs(results / "costs.csv")
    data = {
        "results": str(results),
        "again": again(Path("FILE")),
        "games": [as_data(game) for game in games],
        "users": {user: {"heads": each["heads"]} for user, each in about.items()},
        "kinds": {kind: kind_name(kind) for kind in _kinds(definition)},
    }
    curves_title = "Growth" if growths else "The price of privacy"
    if growths and frontiers:
        curves_title = "Growth, and the price of privacy"
    contents = [
        *([("curves", curves_title)] if growths or frontiers else []),
        ("recognisers", "Recognisers"),
        *([("costs", "Costs")] if costs else []),
        ("config", "What was asked for"),
        ("again", "How each artifact is made again"),
    ]
    text = render(
        "page.html",
        data,
        study=printable(results.name),
        results=str(results),
        answer=answer(equilibria, main, unchanged(tables, plain)) if main else _no_game(frontiers),
        games=games,
        contents=contents,
        curves_title=curves_title,
        growths=growths,
        frontiers=frontiers,
        cards=parts.cards(cards),
        curves=[parts.learning(curve) for curve in curves],
        costs=costs,
        config=[
            (key.replace("_", " "), _config(definition[key])) for key in SECTIONS if definition[key]
        ],
        again=[(what, again(results / file)) for what, file in files],
        versions=sorted({v for each in about.values() for v in each["versions"].items()}),
        commits=_commits(about),
    )
    with whole(path) as beside:
        beside.write_text(text, encoding="utf-8")


def render(template: str, data: Mapping[str, Any], **values: Any) -> str:
    """Fill a template of a page; all text is escaped, and the page's policy fits its scripts."""
    environment = Environment(
        loader=FileSystemLoader(BESIDE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    solver, script = asset("simplex.js"), asset("page.js")
    return environment.get_template(template).render(
        policy=policy([solver, script], [style()]),
        style=style(),
        solver=solver,
        script=script,
        data=json_in_page(data),
        **values,
    )


def _no_game(frontiers: Sequence[parts.Curve]) -> Answer:
    if frontiers:
        return Answer("This study asks what a visible change is worth.")
    return Answer("This study solves no game: its tables say who is recognised how often.")


def _kinds(definition: Mapping[str, Any]) -> list[str]:
    strategies = definition["recogniser_strategies"].values()
    return list(dict.fromkeys(kind for each in strategies for kind, _ in each["process"]))


def _config(section: Any) -> str:
    """Return a part of the config, one entry a line."""
    if not isinstance(section, Mapping):
        return json.dumps(section, ensure_ascii=False)
    return "\n".join(
        f"{printable(str(name))}: {printable(json.dumps(each, ensure_ascii=False))}"
        for name, each in section.items()
    )


def _commits(about: Mapping[str, Any]) -> str:
    found = {
        key: ", ".join(sorted({each for one in about.values() for each in one[key] if each}))
        for key in ("commits", "devices")
    }
    return f"Cells were scored at commit {found['commits'] or 'unknown'} on {found['devices']}."
