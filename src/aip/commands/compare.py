"""``aip compare``: a run's game beside a published one."""

import argparse
from pathlib import Path
from typing import Any

from aip.commands.terminal import show


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add the command's parser."""
    parser = commands.add_parser(
        "compare",
        help="compare a run's game with a published one",
        description="Compare a run's game with a published one: the difference of every rate, "
        "what both sides play in each, and how far the two agree.",
    )
    parser.add_argument(
        "game",
        type=Path,
        metavar="RUN",
        help="a game's folder, as results/pipa/games/table4, or any table that solve takes",
    )
    parser.add_argument(
        "paper",
        type=Path,
        metavar="PAPER.csv",
        help="the published table, as resources/table4.csv",
    )
    parser.add_argument(
        "--names",
        type=Path,
        metavar="FILE.yaml",
        help="a YAML file that says what the run's strategies are called in the paper, where the "
        "names differ: mappings user and recogniser from the run's name to the paper's, or to null "
        "for a strategy that the paper does not have; by default PAPER.names.yaml beside "
        "PAPER.csv, if it is there",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="print Markdown")
    form.add_argument("--json", action="store_true", help="print JSON; rates in percent")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Match the two games' strategies, compare the games and print the comparison."""
    from aip.game.comparison import compare, comparison_json, names_beside, read_names, read_run
    from aip.game.table import read_table
    from aip.show.comparison import markdown, text

    beside = names_beside(options.paper)
    given = options.names or (beside if beside.is_file() else None)
    names = read_names(given) if given else {}
    table, own = read_run(options.game)
    found = compare(table, read_table(options.paper), names, own)
    if options.json:
        show(comparison_json(found))
    else:
        show(markdown(found) if options.markdown else text(found))
