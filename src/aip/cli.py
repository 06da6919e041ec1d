"""The ``aip`` command: what is useful without a study."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from aip.errors import BadInput
from aip.game import comparison, equilibrium
from aip.game.table import read_table
from aip.show import comparison as shown
from aip.show.tables import guarantee, text


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code, 1 after bad input."""
    parser = argparse.ArgumentParser(
        prog="aip", description="Adversarial image perturbations as a game."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    solving = commands.add_parser(
        "solve",
        help="solve a payoff table",
        description="Solve a payoff table: what the user and the recogniser should play, and the "
        "recognition rate that the user's mixture guarantees.",
    )
    solving.add_argument(
        "table",
        type=Path,
        metavar="TABLE.csv",
        help="a header row with the recogniser strategies, then one row per user strategy: its "
        "name and the recognition rates in percent; or a study's payoff.csv, one line per cell",
    )
    solving.add_argument("--json", action="store_true", help="print JSON; the value in percent")
    solving.set_defaults(answer=_solve)
    comparing = commands.add_parser(
        "compare",
        help="compare a run's game with a published one",
        description="Compare a run's game with a published one: the difference of every rate, "
        "what both sides play in each, and how far the two agree.",
    )
    comparing.add_argument(
        "run",
        type=Path,
        metavar="RUN",
        help="a game's folder, as results/pipa/games/table4, or any table that solve takes",
    )
    comparing.add_argument(
        "paper",
        type=Path,
        metavar="PAPER.csv",
        help="the published table, as resources/table4.csv",
    )
    comparing.add_argument(
        "--names",
        type=Path,
        metavar="FILE.yaml",
        help="what the run's strategies are called in the paper, where that differs: mappings "
        "user and recogniser of the run's name to the paper's, or to null for what the paper does "
        "not have; PAPER.names.yaml beside PAPER.csv, if it is there, unless given",
    )
    form = comparing.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="print Markdown")
    form.add_argument("--json", action="store_true", help="print JSON; rates in percent")
    comparing.set_defaults(answer=_compare)
    options = parser.parse_args(arguments)
    try:
        print(options.answer(options))
    except BadInput as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _solve(options: argparse.Namespace) -> str:
    table = read_table(options.table)
    solution = equilibrium.solve(table)
    if options.json:
        return equilibrium.as_json(table, solution, "percent")
    return f"{text(table, solution)}\n\n{guarantee(solution)}"


def _compare(options: argparse.Namespace) -> str:
    run = options.run / "payoff.csv" if options.run.is_dir() else options.run
    beside = comparison.names_beside(options.paper)
    given = options.names or (beside if beside.is_file() else None)
    names = comparison.read_names(given) if given else {}
    found = comparison.compare(read_table(run), read_table(options.paper), names)
    if options.json:
        return comparison.as_json(found)
    return shown.markdown(found) if options.markdown else shown.text(found)


if __name__ == "__main__":
    sys.exit(main())
