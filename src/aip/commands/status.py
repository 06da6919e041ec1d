"""``aip status``: what of a study is done, missing or stale, and what a run would cost."""

import argparse
from pathlib import Path
from typing import Any


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Give the command its parser."""
    parser = commands.add_parser(
        "status",
        help="say what of a study is done, missing or stale, and what a run would cost",
        description="Say what of a study is done, what is missing, what is stale and what about it "
        "changed, as Snakemake plans it; and how many seconds a run would take, by the jobs of the "
        "same rules that were measured. Nothing is run.",
    )
    parser.add_argument(
        "config",
        type=Path,
        metavar="CONFIG.yaml",
        help="an overlay on config.yaml, as Snakemake's --configfile takes it",
    )
    parser.add_argument("--json", action="store_true", help="print JSON, with every job")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Ask for the plan, hold it to what was measured, and print what that says."""
    from aip.costs import gather, mean_seconds
    from aip.show.status import Status, as_json, text
    from aip.study.overlay import read_study
    from aip.study.plan import plan

    study = read_study(options.config)
    costs, spoilt = gather(Path("results", study.name, "benchmarks"))
    status = Status(study.name, plan(options.config), mean_seconds(costs), spoilt)
    print(as_json(status) if options.json else text(status))
