"""Losing a worker loses the shard that it was perturbing, and nothing else."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

CELL = "results/smoke/cells/gaman/proc.h5"
SHARDS = ("000000-000006", "000007-000011")


@pytest.fixture
def unperturbed(study):
    """The finished study, without what one user strategy published, and its cell."""
    for path in (study.folder / "results/smoke/perturbations/gaman").iterdir():
        path.unlink()
    (study.folder / CELL).unlink()
    return study


def perturbing(folder: Path, shard: str) -> int | None:
    """Return the process of the job that perturbs a shard, once it has begun to write it."""
    if not (folder / f".{shard}.h5.partial").exists():
        return None
    for process in Path("/proc").glob("[0-9]*"):
        try:
            held = {str(file.readlink()) for file in (process / "fd").iterdir()}
        except OSError:  # it has ended
            continue
        if str(folder / f".{shard}.h5.partial") in held:
            return int(process.name)
    return None


def test_a_worker_that_is_killed_loses_its_shard_alone(unperturbed, finished):
    folder = unperturbed.folder / "results/smoke/perturbations/gaman"
    lost, kept = SHARDS
    command = ["snakemake", CELL, "--cores", "2", "--configfile", unperturbed.configfile]
    run = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=unperturbed.folder,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while (process := perturbing(folder, lost)) is None:
        if run.poll() is not None:
            pytest.skip("the run ended before the shard's worker was seen, so that none was killed")
        time.sleep(0.01)
    os.kill(process, signal.SIGKILL)
    assert run.wait(300) != 0

    assert unperturbed.plan(CELL) == {
        *(f"perturbations/gaman/{lost}.{kind}" for kind in ("h5", "json")),
        "cells/gaman/proc.h5",
    }
    before = {path: path.stat() for path in folder.glob(f"{kept}.*")}
    assert len(before) == 2
    unperturbed.run(CELL)
    for path, stat in before.items():
        assert (path.stat().st_ino, path.stat().st_mtime_ns) == (stat.st_ino, stat.st_mtime_ns)
    for part in ("perturbations/gaman", "cells/gaman"):
        found, expected = unperturbed.datasets(part), finished.datasets(part)
        assert found.keys() == expected.keys()
        assert all((found[name] == expected[name]).all() for name in expected)
