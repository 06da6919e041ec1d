import shlex
import sys
from pathlib import Path

import pytest

from aip.run.rebuild import COMMAND, rebuild, remember


@pytest.fixture(autouse=True)
def environment(tmp_path, monkeypatch):
    """A folder with a Snakemake in its .venv, which is not on PATH."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(COMMAND, "")  # to be put back
    monkeypatch.delenv(COMMAND)
    program = tmp_path / ".venv" / "bin" / "snakemake"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o755)
    monkeypatch.setattr(sys, "executable", str(program.with_name("python")))
    return program


def test_an_artifact_is_made_again_as_the_run_was_called():
    remember(
        [Path("configs/folder.yaml")],
        ['album={"root": "my people"}'],
        ["--profile", "profiles/gpu", "-n", "--cores", "4", "--profile=profiles/mine", "all"],
    )
    assert shlex.split(rebuild(Path("results/a b.h5"))) == [
        *(".venv/bin/snakemake", "--cores", "1"),
        *("--profile", "profiles/gpu", "--profile", "profiles/mine"),
        *("--configfile", "configs/folder.yaml", "--config", 'album={"root": "my people"}'),
        *("--force", "results/a b.h5"),
    ]


def test_a_snakemake_on_the_path_is_called_by_its_name(environment, monkeypatch):
    monkeypatch.setenv("PATH", str(environment.parent))
    remember([])
    assert rebuild(Path("a.h5")) == "snakemake --cores 1 --force a.h5"


def test_another_snakemake_on_the_path_is_not_the_runs(tmp_path, monkeypatch):
    other = tmp_path / "snakemake"
    other.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    remember([])
    assert rebuild(Path("a.h5")) == ".venv/bin/snakemake --cores 1 --force a.h5"


def test_outside_of_a_run_the_command_is_snakemakes():
    assert rebuild(Path("a b.h5")) == "snakemake --cores 1 --force 'a b.h5'"
