"""``aip check``: read all artifacts of a study, and name those that are damaged."""

import argparse
from pathlib import Path
from typing import Any

from aip.errors import BadInput


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Give the command its parser."""
    parser = commands.add_parser(
        "check",
        help="read all artifacts of a study, and name those that are damaged",
        description="Read all artifacts of a study, hold them to their checksums, and name those "
        "that are damaged, each with the command that rebuilds it. Nothing is changed.",
    )
    parser.add_argument(
        "config",
        type=Path,
        metavar="CONFIG.yaml",
        help="an overlay on config.yaml, as Snakemake's --configfile takes it",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Read what is there of the study, and say what is damaged."""
    from aip.damage import Damaged
    from aip.rebuild import remember
    from aip.study.overlay import read_study
    from aip.study.whole import artifacts, read_whole

    folder = Path("results", read_study(options.config).name)
    remember([options.config])
    checked, damaged = 0, 0
    for path in artifacts(folder):
        checked += 1
        try:
            read_whole(path)
        except Damaged as error:
            damaged += 1
            print(error)
    if damaged:
        raise BadInput(f"{folder}: {damaged} of {checked} artifacts are damaged, expected none")
    print(f"{folder}: {checked} artifacts, all whole")
