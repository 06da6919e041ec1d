"""Losing a worker loses the shard that it was perturbing, and nothing else."""

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from standins import checkout

CELL = "results/smoke/cells/gaman/proc.h5"
SHARDS = {"000000-000006", "000007-000011"}
STEP = 0.005  # seconds, far fewer than a shard takes


@pytest.fixture
def unperturbed(study):
    """The finished study, without what one user strategy published, and its cell."""
    for path in (study.folder / "results/smoke/perturbations/gaman").iterdir():
        path.unlink()
    (study.folder / CELL).unlink()
    return study


def stopped_worker(run: subprocess.Popen) -> psutil.Process:
    """Return the first process that begins to perturb, and stop it there."""
    while run.poll() is None:
        for process in psutil.Process(run.pid).children(recursive=True):
            try:
                script = process.cmdline()[-1:]
            except psutil.Error:  # it has ended
                continue
            if script and script[0].endswith(".perturb.py"):
                process.suspend()
                return process
        time.sleep(STEP)
    raise AssertionError("no worker was seen")


def step_to_writing(worker: psutil.Process, folder: Path) -> str:
    """Let a worker go on in short steps until it writes a shard, and name the shard."""
    while True:
        for shard in SHARDS:
            if any(folder.glob(f".{shard}.h5.*.partial")):
                held = {file.path for file in worker.open_files()}
                if any(f"/.{shard}.h5." in path for path in held):
                    return shard
        worker.resume()
        time.sleep(STEP)
        worker.suspend()


def test_a_worker_that_is_killed_loses_its_shard_alone(unperturbed, finished):
    folder = unperturbed.folder / "results/smoke/perturbations/gaman"
    command = ["snakemake", CELL, "--cores", "2", "--configfile", unperturbed.configfile]
    run = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=unperturbed.folder,
        env=checkout.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    worker = stopped_worker(run)
    lost = step_to_writing(worker, folder)
    worker.kill()
    assert run.wait(300) != 0

    (kept,) = SHARDS - {lost}
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
