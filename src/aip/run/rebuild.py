"""The command that makes an artifact again, for messages about a missing or damaged one."""

import argparse
import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

# The environment variable that tells jobs which command makes a part of their run.
COMMAND, PLAIN = "AIP_COMMAND", "snakemake --cores 1"


def remember(
    configfiles: Sequence[Path], config: Sequence[str] = (), line: Sequence[str] = ()
) -> None:
    """Keep the command that makes a part of a run, so that the run and its jobs can name it.

    Parameters
    ----------
    configfiles : sequence of Path
    config : sequence of str
        KEY=VALUE.
    line : sequence of str
        The run's command line; its profiles become part of the command.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--profile", action="append", default=[])
    profiles = parser.parse_known_args(line)[0].profile
    command = [_snakemake(), "--cores", "1"]
    command += [part for profile in profiles for part in ("--profile", profile)]
    for option, values in (("--configfile", configfiles), ("--config", config)):
        command += [option, *map(str, values)] if values else []
    os.environ[COMMAND] = shlex.join(command)


def _snakemake() -> str:
    """Return how a shell in this folder calls the Snakemake of this environment."""
    program = Path(sys.executable).with_name("snakemake")
    if not program.exists() or shutil.which(program.name) == str(program):
        return program.name
    return str(from_here(program))


def rebuild(path: Path) -> str:
    """Return the command that makes an artifact again, and nothing else."""
    return f"{os.environ.get(COMMAND, PLAIN)} --force {shlex.quote(str(path))}"


def from_here(path: Path) -> Path:
    """Return a path relative to the current folder, if it lies in it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
