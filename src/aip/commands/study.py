"""What the commands that speak of a study take on their command line."""

import argparse
import os
import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aip.study.fingerprints import Study

# What reading and planning a study leave in the folder where a command is called.
LEFT = Path(".snakemake")


def add_study(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that name a study, as Snakemake's --configfile and --config do."""
    parser.add_argument(
        "overlays",
        nargs="+",
        type=Path,
        metavar="CONFIG.yaml",
        help="overlays on config.yaml, as Snakemake's --configfile takes them",
    )
    parser.add_argument(
        "--config",
        nargs="+",
        default=[],
        metavar="KEY=VALUE",
        help="values laid over all of these, as Snakemake's --config takes them",
    )


def asked_for(options: argparse.Namespace) -> "Study":
    """Return the study that a command line names.

    Raises
    ------
    BadInput
        The config is wrong.
    """
    from aip.run.internals import read_config
    from aip.study.overlay import read_study

    return read_study(options.overlays, read_config(options.config))


def as_options(options: argparse.Namespace) -> str:
    """Return what follows Snakemake's ``--configfile`` for the same study, as a shell takes it."""
    config = ["--config", *options.config] if options.config else []
    return shlex.join([*map(str, options.overlays), *config])


@contextmanager
def leaving_nothing() -> Iterator[None]:
    """Remove what reading and planning a study leave in a folder where nothing was run yet."""
    was_there = LEFT.exists()
    try:
        yield
    finally:
        if not was_there:
            shutil.rmtree(LEFT / "aip", ignore_errors=True)
            for folder, _, _ in os.walk(LEFT, topdown=False):
                with suppress(OSError):  # a run has begun, and keeps its files there
                    Path(folder).rmdir()
