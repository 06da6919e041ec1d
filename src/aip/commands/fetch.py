"""``aip fetch``: fetch weights by name, or say which there are."""

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from aip.commands.terminal import show

if TYPE_CHECKING:
    from aip.download.weights import Weights


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add the command's parser."""
    parser = commands.add_parser(
        "fetch",
        help="fetch weights by name, or say which there are",
        description="Fetch weights by name, held to their checksums, into "
        "results/downloads/weights/ of this folder, where all studies find them. Without a name, "
        "say which weights there are, under which licence, on what they were taught, and whether "
        "they are here. A run fetches by itself what its study asks for.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="weights, such as dlib")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Fetch the weights that are asked for, and say where they lie; or list all."""
    from aip.download.weights import fetch, known, named

    if not options.names:
        show(listing(known().values()))
    for weights in [named(name) for name in options.names]:
        show(f"{weights.name}: {fetch(weights.name)}")


def listing(weights: "Iterable[Weights]") -> str:
    """Return a table of weights, one line each."""
    from aip.show.typeset import aligned

    head = ["name", "licence", "taught on", "MB", "here"]
    rows = [
        [each.name, each.licence, each.taught_on, f"{each.megabytes:.1f}", _here(each)]
        for each in weights
    ]
    return "\n".join(aligned([head, *rows], names=3))


def _here(weights: "Weights") -> str:
    return "yes" if weights.are_here else "no"
