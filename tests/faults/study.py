"""A study to break: the smoke study with two rows, in a folder of its own, run by Snakemake."""

import csv
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np
import psutil
import torch
import yaml

from standins import checkout

OVERLAY = "configs/smoke.yaml"
PATIENCE = 900


class Done(NamedTuple):
    """How a run ended: its exit code and what it printed."""

    code: int
    said: str


@dataclass(frozen=True)
class Study:
    """A copy of the workflow, with the results of the study."""

    folder: Path

    @classmethod
    def new(cls, folder: Path) -> "Study":
        checkout.copy_to(folder)
        overlay = folder / OVERLAY
        config = yaml.safe_load(overlay.read_text())
        config["user_strategies"] = {"gaman": {"steps": 3}}
        config["games"]["table4"]["user"] = ["none", "gaman"]
        overlay.write_text(yaml.safe_dump(config))
        return cls(folder)

    def copy(self, folder: Path) -> "Study":
        shutil.copytree(self.folder, folder)
        return Study(folder)

    @property
    def results(self) -> Path:
        return self.folder / "results" / "smoke"

    def artifacts(self) -> list[str]:
        """Name every artifact, not what jobs logged and measured."""
        names = (
            path.relative_to(self.results)
            for path in sorted(self.results.rglob("*"))
            if path.is_file() and not path.name.startswith(".")
        )
        return [str(n) for n in names if n.parts[0] not in ("logs", "benchmarks")]

    def start(self, *targets: str) -> "Run":
        """Start a run in a process group of its own."""
        targets = tuple(f"results/smoke/{target}" for target in targets)
        command = ["snakemake", *targets, "--cores", "2", "--configfile", OVERLAY]
        printed = self.folder / f"printed-{time.monotonic_ns()}.txt"
        with printed.open("w") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=self.folder,
                env=self._environment,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        return Run(process, printed)

    def run(self, *targets: str) -> Done:
        return self.start(*targets).end()

    def unlock(self) -> None:
        """Do what Snakemake asks for where a killed run left its locks."""
        done = self.shell("snakemake --unlock")
        assert done.code == 0, done.said

    def shell(self, command: str) -> Done:
        """Do what a sentence says: a command of Snakemake's or of aip's."""
        program, *rest = shlex.split(command)
        module = {"snakemake": "snakemake", "aip": "aip.commands.cli"}[Path(program).name]
        done = subprocess.run(
            [sys.executable, "-m", module, *rest],
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return Done(done.returncode, done.stdout + done.stderr)

    @property
    def _environment(self) -> dict[str, str]:
        return checkout.environment(**checkout.library(self.folder))

    def numbers(self) -> dict[str, np.ndarray]:
        """Read every number and name that HDF5 artifacts, nets, curves and the album hold."""
        found: dict[str, np.ndarray] = {}
        for path in sorted(self.results.rglob("*.h5")):
            with h5py.File(path) as file:
                found |= {f"{path.relative_to(self.results)}/{k}": v for k, v in _datasets(file)}
        for path in sorted(self.results.rglob("*.pt")):
            state = torch.load(path, weights_only=True)
            found |= {f"{path.relative_to(self.results)}/{k}": v.numpy() for k, v in state.items()}
        for path in sorted(self.results.rglob("curve.csv")):
            found[str(path.relative_to(self.results))] = np.array(_curve(path))
        for name in self.artifacts():
            if re.fullmatch(r"album/(index\.csv|missing\.csv|photos/.*)", name):
                found[name] = np.fromfile(self.results / name, np.uint8)
        return found


def _curve(path: Path) -> list[list[str]]:
    """Read a learning curve, but for how long it took."""
    with path.open(newline="") as file:
        rows = csv.DictReader(file)
        return [[text for name, text in row.items() if name != "seconds"] for row in rows]


def _datasets(group: h5py.Group) -> Iterator[tuple[str, np.ndarray]]:
    for name, item in group.items():
        if isinstance(item, h5py.Group):
            yield from ((f"{name}/{key}", value) for key, value in _datasets(item))
        else:
            yield name, item[()]


@dataclass(frozen=True)
class Run:
    """A run that goes on."""

    process: subprocess.Popen
    printed: Path

    def going(self) -> bool:
        return self.process.poll() is None

    def jobs(self) -> list[psutil.Process]:
        """Find the processes that work through a script of the workflow."""
        found = []
        with suppress(psutil.Error):
            for process in psutil.Process(self.process.pid).children(recursive=True):
                with suppress(psutil.Error):  # it has ended
                    if any(".snakemake/scripts" in part for part in process.cmdline()[:3]):
                        found.append(process)
        return found

    def kill(self, number: signal.Signals) -> None:
        """Send a signal to the whole process group."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def end(self) -> Done:
        code = self.process.wait(PATIENCE)
        return Done(code, self.printed.read_text(errors="replace"))
