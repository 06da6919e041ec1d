"""``aip status``: which jobs are done, missing or stale, and what a run would cost."""

import argparse
from pathlib import Path
from typing import Any

from aip.commands.study import add_study, asked_for, leaving_nothing
from aip.commands.terminal import show


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add the command's parser."""
    parser = commands.add_parser(
        "status",
        help="say which jobs of a study are done, missing or stale, and what a run would cost",
        description="Say which jobs of a study are done, missing or stale, as Snakemake plans "
        "them, and what changed. Estimate how many seconds a run would take, from the measured "
        "jobs of the same rules. Nothing is run.",
    )
    add_study(parser)
    parser.add_argument("--json", action="store_true", help="print JSON, with every job")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Ask Snakemake for its plan, estimate the cost from measured jobs, and print both."""
    from aip.commands.status_report import Status, status_json, text
    from aip.run.costs import mean_seconds, read_benchmarks
    from aip.run.plan import plan

    with leaving_nothing():
        study = asked_for(options)
        costs, spoilt = read_benchmarks(Path("results", study.name, "benchmarks"))
        jobs = plan(options.overlays, options.config)
    status = Status(study.name, jobs, mean_seconds(costs), spoilt)
    show(status_json(status) if options.json else text(status))
