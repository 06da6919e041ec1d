"""A copy of the checkout that is tested, without results, to run Snakemake in."""

import os
import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]
PARTS = ("Snakefile", "config.yaml", "configs", "profiles", "workflow", "envs", "resources", "src")


def copy_to(folder: Path) -> None:
    ignore = shutil.ignore_patterns("*.egg-info")
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / part, ignore=ignore)
        else:
            shutil.copy(ROOT / part, folder / part)


def environment(**more: str) -> dict[str, str]:
    """Return the environment of what runs in a copy: one thread each, for tests side by side."""
    return {**os.environ, "OMP_NUM_THREADS": "1", **more}


def library(folder: Path) -> dict[str, str]:
    """Return what has Python import the library of a copy."""
    return {"PYTHONPATH": str(folder / "src")}
