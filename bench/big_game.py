"""How long a big game takes to plan: a dry run and `aip status` of 100 × 100 strategies.

Run by hand, from the root of the checkout. No artifact of the study is made. It is that of
config.yaml with other strategies, and with the number of heads and shards that the options say.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

KINDS = "OTNBC"


def overlay(side: int, heads: int, shards: int) -> dict[str, Any]:
    """Return a study with a game of side × side strategies, attacked on some heads in shards."""
    users, responses = {}, {}
    for number in range(side):
        kind, count = KINDS[number % len(KINDS)], 1 + number // len(KINDS)
        users[f"user{number}"] = {"against": "small", "method": "gaman", "steps": count} | {
            "robust_to": f"{kind}1"
        }
        responses[f"response{number}"] = {"recogniser": "small", "process": f"{kind}{count}"}
    people = max(heads // 10, 2)
    return {
        "study": "big-game",
        "album": {"val_identities": people, "heads_per_identity": 20},
        "attacked": {"heads": heads, "shard_size": -(-heads // shards)},
        "user_strategies": users,
        "recogniser_strategies": responses,
        "games": {"table4": None, "big": {"user": [*users], "recogniser": [*responses]}},
    }


def measured(*module: str) -> str:
    """Run a Python module; return its time, its memory, and the number of jobs that it reports."""
    started = time.monotonic()
    run = subprocess.Popen(
        [sys.executable, "-m", *module],
        env={**os.environ, "PYTHONPATH": "src"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert run.stdout is not None
    last = [line.split() for line in run.stdout if line.startswith(("total ", "Study "))]
    _, status, usage = os.wait4(run.pid, 0)
    seconds = time.monotonic() - started
    if status:
        sys.exit(f"error: {' '.join(module)}: exit {status}")
    jobs = next((word for line in last for word in line if word.isdigit()), "?")
    busy = usage.ru_utime + usage.ru_stime
    held = usage.ru_maxrss / 1024
    return f"{seconds:.1f} s ({busy:.1f} of processor time), {held:.0f} MiB, {jobs} jobs"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", type=int, default=100, help="strategies of each side")
    parser.add_argument("--heads", type=int, default=208, help="attacked heads")
    parser.add_argument("--shards", type=int, default=2, help="shards of each user strategy")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        config = Path(folder, "big.yaml")
        config.write_text(yaml.safe_dump(overlay(options.side, options.heads, options.shards)))
        dry = ("snakemake", "--dry-run", "--cores", "2", "--configfile", str(config))
        print(f"dry run: {measured(*dry, '--quiet', 'rules')}", flush=True)
        print(f"aip status: {measured('aip.commands.cli', 'status', str(config))}")


if __name__ == "__main__":
    main()
