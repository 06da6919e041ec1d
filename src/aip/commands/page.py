"""``aip page``: two studies side by side, to look at in a browser."""

import argparse
from pathlib import Path
from typing import Any

from aip.commands.terminal import show
from aip.errors import BadInput, several


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add the command's parser."""
    parser = commands.add_parser(
        "page",
        help="put two studies side by side on a page",
        description="Put two studies side by side on a page that a browser opens from disk: each "
        "game that both have, and where they differ. A study's own page is its "
        "report/index.html.",
    )
    for name, metavar in (("first", "A"), ("second", "B")):
        parser.add_argument(
            name,
            type=Path,
            metavar=metavar,
            help="a study's folder, as results/demo, a game's, or any table that solve takes",
        )
    parser.add_argument(
        "--names",
        type=Path,
        metavar="FILE.yaml",
        help="a YAML file that says what A's strategies are called in B, where the names differ, "
        "as compare takes it",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("beside.html"),
        metavar="FILE.html",
        help="the page to write; by default beside.html",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Compare the games that both have, write the page and say where it is."""
    from aip.game.comparison import compare_shared, read_names, read_run
    from aip.game.equilibrium import solve
    from aip.show.page.beside import Pair, write_beside

    names = read_names(options.names) if options.names else {}
    paths, said = _matched(options.first, options.second)
    pairs = []
    for name, (one, other) in paths.items():
        (table, own), (other_table, other_own) = read_run(one), read_run(other)
        shared, more = compare_shared(table, other_table, names, own)
        equilibria = own or solve(table), other_own or solve(other_table)
        pairs.append(Pair(name, (table, other_table), equilibria, shared, more))
    called = _called(options.first), _called(options.second)
    if called[0] == called[1]:
        called = str(options.first), str(options.second)
    write_beside(options.out, called, pairs, said)
    show(str(options.out))


def _matched(first: Path, second: Path) -> tuple[dict[str, tuple[Path, Path]], str]:
    """Return the games that both have, by name, and a sentence on those that only one has.

    Raises
    ------
    BadInput
        They have no game in common, or one is a study and the other a single game.
    """
    games = _games(first), _games(second)
    if games[0] is None and games[1] is None:
        stems = dict.fromkeys((first.stem, second.stem))
        return {" and ".join(stems): (first, second)}, ""
    for path, found in ((first, games[0]), (second, games[1])):
        if found is None:
            raise BadInput(f"{path}: found a single game, expected a study's folder, as the other")
    one, other = (found or {} for found in games)
    both = [name for name in one if name in other]
    if not both:
        raise BadInput(
            f"{first} and {second}: found no game of the same name ({several(list(one))}; "
            f"{several(list(other))}), expected one that both have"
        )
    only = [
        f"Only {path.name} has {several([name for name in found if name not in both])}."
        for path, found in ((first, one), (second, other))
        if set(found) - set(both)
    ]
    return {name: (one[name], other[name]) for name in both}, " ".join(only)


def _games(path: Path) -> dict[str, Path] | None:
    """Return a study's games by name; None for what is no study's folder."""
    if not (path / "games").is_dir():
        return None
    folders = sorted((path / "games").iterdir())
    return {each.name: each for each in folders if (each / "payoff.csv").is_file()}


def _called(path: Path) -> str:
    return path.resolve().name
