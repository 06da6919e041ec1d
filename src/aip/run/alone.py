"""Run a script of the workflow by itself, to debug the work of one job without Snakemake."""

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aip.errors import BadInput
from aip.store.checkout import ROOT


def given(script: Mapping[str, Any]) -> Any:
    """Return the object ``snakemake`` of a script, also where the script is run by itself.

    A script that is run by itself takes on its command line a file that it makes, and the run's
    ``--configfile`` and ``--config``.

    Parameters
    ----------
    script : mapping
        Its ``globals()``.

    Raises
    ------
    SystemExit
        The script does not make the file on the command line, or an input of it is missing.
    """
    if "snakemake" in script:
        return script["snakemake"]
    try:
        return _asked(Path(script["__file__"]).resolve())
    except BadInput as error:
        sys.exit(f"error: {error}")


def _asked(script: Path) -> Any:
    """Return the object ``snakemake`` of the job that makes the file on the command line."""
    from aip.run.internals import job_that_makes

    # Python looks for modules beside a script first, and would find tabulate.py there instead of
    # the package of that name, which Snakemake imports.
    sys.path[:] = [folder for folder in sys.path if Path(folder).resolve() != script.parent]
    parser = argparse.ArgumentParser(
        description=f"Do the work of one job of {script.name} without Snakemake, to debug it."
    )
    parser.add_argument("file", metavar="FILE", help="what the job makes, as results/demo/…")
    parser.add_argument("--configfile", nargs="+", type=Path, default=[], metavar="CONFIG.yaml")
    parser.add_argument("--config", nargs="+", default=[], metavar="KEY=VALUE")
    options = parser.parse_args()
    if script.parent != ROOT / "workflow" / "scripts":
        raise BadInput(f"{script}: found the library in {ROOT}, expected the one beside the script")
    path = os.path.relpath(options.file)
    job = job_that_makes(path, script, ROOT / "Snakefile", options.configfile, options.config)
    for file in (*job.output, *job.log):
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    return job
