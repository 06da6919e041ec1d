import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aip.commands.cli import main

ROOT = Path(__file__).parents[2]


def test_status_of_a_study_in_another_folder_than_the_checkout(tmp_path):
    """In a process of its own, for Snakemake leaves its marks on the one that it runs in."""
    done = subprocess.run(
        [sys.executable, "-m", "aip.commands.cli", "status", ROOT / "configs/smoke.yaml", "--json"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["study"] == "smoke"
    assert found["counts"] == {"done": 0, "missing": 30, "stale": 0}
    assert list(tmp_path.iterdir()) == []


def test_the_plan_leaves_the_environment_as_it_was(tmp_path):
    program = (
        "import os, sys, pathlib; from aip.run.plan import plan; before = dict(os.environ); "
        "plan([pathlib.Path(sys.argv[1])]); print(before == dict(os.environ))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, ROOT / "configs/smoke.yaml"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_a_config_that_is_not_there_is_one_sentence(tmp_path, capsys):
    assert main(["status", str(tmp_path / "no.yaml")]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"error: {tmp_path / 'no.yaml'}: the config cannot be read")
    assert printed.err.count("\n") == 1


def test_a_wrong_call_of_status_is_answered_with_its_usage(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["status"])
    assert caught.value.code == 2
    assert "usage: aip status" in capsys.readouterr().err
