"""``aip check``: read all artifacts of a study, and name those that are not as they should be."""

import argparse
from pathlib import Path
from typing import Any

from aip.commands.study import add_study, asked_for, leaving_nothing
from aip.commands.terminal import show
from aip.errors import BadInput


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add the command's parser."""
    parser = commands.add_parser(
        "check",
        help="read all artifacts of a study, and name those that are damaged, or another's",
        description="Read all artifacts of a study, check their checksums, and name those that "
        "are damaged, each with the command that rebuilds it, and those that were made from "
        "something else than the config asks for. Nothing is changed.",
    )
    add_study(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Read the study's artifacts, and name those that are damaged or not what is asked for."""
    from aip.run.rebuild import rebuild, remember
    from aip.run.vouch import others
    from aip.store.checksums import Damaged
    from aip.store.verify import find_artifacts, verify

    with leaving_nothing():
        study = asked_for(options)
        other = others(study)
    folder = Path("results", study.name)
    remember(options.overlays, options.config)
    checked, damaged = 0, 0
    for path in find_artifacts(folder):
        checked += 1
        try:
            verify(path)
        except Damaged as error:
            damaged += 1
            show(f"{error}; rebuild it with: {rebuild(path)}")
    for path in other:
        show(f"{path}: it was made from something else than the config asks for")
    if not checked:
        raise BadInput(f"{folder}: nothing is there to check; expected a study that was run here")
    if damaged:
        raise BadInput(f"{folder}: {damaged} of {checked} artifacts are damaged, expected none")
    if other:
        raise BadInput(
            f"{folder}: {checked} artifacts, all whole; not what the config asks for: "
            f"{len(other)}, which the next run makes again"
        )
    show(f"{folder}: {checked} artifacts, all whole")
