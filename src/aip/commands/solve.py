"""``aip solve``: solve any payoff table."""

import argparse
from pathlib import Path
from typing import Any

from aip.commands.terminal import show


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add the command's parser."""
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
    """Solve the table and print the solution."""
    from aip.game.equilibrium import equilibrium_json, solve
    from aip.game.table import read_table
    from aip.show.tables import exactness, guarantee, text

    table = read_table(options.table)
    equilibrium = solve(table)
    if options.json:
        show(equilibrium_json(table, equilibrium, "percent"))
    else:
        show(f"{text(table, equilibrium)}\n\n{guarantee(equilibrium)}\n{exactness(equilibrium)}")
