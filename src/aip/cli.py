"""The ``aip`` command: what is useful without a study."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from aip.errors import BadInput
from aip.game.equilibrium import as_json, solve
from aip.game.table import read_table
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
    options = parser.parse_args(arguments)
    try:
        table = read_table(options.table)
        equilibrium = solve(table)
    except BadInput as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if options.json:
        print(as_json(table, equilibrium, "percent"))
    else:
        print(text(table, equilibrium), guarantee(equilibrium), sep="\n\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
