"""Whole runs: a copy of the workflow, run by Snakemake itself."""

import csv
import fcntl
import io
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import pytest
import yaml

from standins import checkout


@dataclass(frozen=True)
class Workflow:
    """A copy of the workflow in a folder of its own.

    Attributes
    ----------
    folder : Path
    configfile : str
        The overlay that it runs.
    """

    folder: Path
    configfile: str = "configs/smoke.yaml"

    def snakemake(
        self, *arguments: str, cores: int = 2, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        command = ["snakemake", *arguments, "--cores", str(cores), "--configfile", self.configfile]
        return self._python(*command, **environment)

    def status(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `aip status` of the copy."""
        library = checkout.library(self.folder)
        return self._python("aip.commands.cli", "status", self.configfile, *arguments, **library)

    def check(self) -> subprocess.CompletedProcess[str]:
        """Run `aip check` of the copy."""
        library = checkout.library(self.folder)
        return self._python("aip.commands.cli", "check", self.configfile, **library)

    def _python(self, *module: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", *module],
            cwd=self.folder,
            env=checkout.environment(**environment),
            capture_output=True,
            text=True,
            check=False,
        )

    def run(self, *arguments: str, cores: int = 2, **environment: str) -> None:
        done = self.snakemake(*arguments, cores=cores, **environment)
        assert done.returncode == 0, done.stdout + done.stderr

    def fails(self, *arguments: str, cores: int = 2) -> str:
        """Run, see it fail without a traceback, and return the lines that say why."""
        done = self.snakemake(*arguments, cores=cores)
        assert done.returncode != 0, done.stdout + done.stderr
        output = done.stdout + done.stderr
        assert "Traceback" not in output, output
        return output

    def plan(self, *arguments: str) -> set[str]:
        """Return the files that Snakemake would make, from its own machine-readable summary."""
        done = self.snakemake("--summary", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        lines = csv.DictReader(io.StringIO(done.stdout), delimiter="\t")
        return {
            line["output_file"].removeprefix("results/smoke/")
            for line in lines
            if line["plan"] != "no update"
        }

    def datasets(self, part: str) -> dict[str, np.ndarray]:
        """Return every dataset of every HDF5 file of a part of the results, by path and name."""
        folder, found = self.folder / "results/smoke" / part, {}
        for path in sorted(folder.rglob("*.h5")):
            with h5py.File(path) as file:
                names: list[str] = []
                file.visit(names.append)
                for name in names:
                    if isinstance(file[name], h5py.Dataset):
                        found[f"{path.relative_to(folder)}/{name}"] = file[name][()]
        return found

    def edit(self, change) -> None:
        """Change the overlay: `change` is given the parsed config."""
        path = self.folder / self.configfile
        config = yaml.safe_load(path.read_text())
        change(config)
        path.write_text(yaml.safe_dump(config))

    def copy(self, folder: Path) -> "Workflow":
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return Workflow(folder, self.configfile)


@pytest.fixture(scope="session")
def make_workflow(tmp_path_factory):
    """Copy the workflow, without results, into a new folder."""

    def make(configfile: str = "configs/smoke.yaml") -> Workflow:
        folder = tmp_path_factory.mktemp("workflow")
        checkout.copy_to(folder)
        return Workflow(folder, configfile)

    return make


@pytest.fixture(scope="session")
def finished(make_workflow, tmp_path_factory):
    """The smoke study, run to its end. Tests copy it before they change it.

    Processes of one session run it once, and each has a copy.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ:
        workflow = make_workflow()
        workflow.run()
        return workflow
    shared = tmp_path_factory.getbasetemp().parent / "finished"
    with shared.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until the file is closed
        if not shared.exists():
            workflow = make_workflow()
            workflow.run()
            workflow.folder.rename(shared)
    return Workflow(shared).copy(tmp_path_factory.mktemp("finished") / "study")


@pytest.fixture
def study(finished, tmp_path):
    """A copy of the finished smoke study, to change."""
    return finished.copy(tmp_path / "study")
