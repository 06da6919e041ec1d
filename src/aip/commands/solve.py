"""``aip solve``: solve any payoff table."""

import argparse
from pathlib import Path
from typing import Any


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Give the command its parser."""
    parser = commands.add_parser(
        "solve",
        help="solve a payoff table",
        description="Solve a payoff table: what the user and the recogniser should play, and the "
        "recognition rate that the user's mixture guarantees.",
    )
    parser.add_argument(
        "table",
        type=Path,
        metavar="TABLE.csv",
        help="a header row with the recogniser strategies, then one row per user strategy: its "
        "name and the recognition rates in percent; or a study's payoff.csv, one line per cell",
    )
    parser.add_argument("--json", action="store_true", help="print JSON; the value in percent")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Solve the table and print what it says."""
    from aip.game.equilibrium import as_json, solve
    from aip.game.table import read_table
    from aip.show.tables import guarantee, text

    table = read_table(options.table)
    equilibrium = solve(table)
    if options.json:
        print(as_json(table, equilibrium, "percent"))
    else:
        print(text(table, equilibrium), guarantee(equilibrium), sep="\n\n")
