"""Of what is measured by hand, that it still runs."""

import os
import re
import subprocess
import sys
from pathlib import Path

import aip

ROOT = Path(__file__).parents[1]


def test_the_memory_of_a_job_is_measured_as_its_script_is_now(tmp_path):
    sizes = ("--heads", "16", "--people", "4", "--features", "8", "--strategies", "2")
    run = subprocess.run(
        [sys.executable, "bench/memory.py", *sizes, "--only", "cell", "--folder", tmp_path],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(Path(aip.__file__).parents[1])},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert re.findall(r"^\| (\w+) \|.*\| \d+ \| \d+ \|$", run.stdout, re.M) == ["heads", "cell"]
