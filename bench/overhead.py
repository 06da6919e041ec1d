"""The overhead of a cell beyond its arithmetic, where cells run one after another as in a group.

Makes the smoke study in a folder of its own, and then its cells again and again: at a desk, and
with ``--slurm`` in a group of a one-machine SLURM (as root, with SLURM's Debian packages
installed). A cell takes the time from the start of its work to the start of the next cell's; its
log says how long it scored. For comparison, the time of an interpreter that only imports torch is
printed.
"""

import argparse
import re
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parent.parent
STUDY = ["--configfile", "configs/smoke.yaml"]
CELLS = ["--forcerun", "cell", "--until", "cell"]
SCORED = re.compile(r"heads in ([\d.]+) s")

sys.path.insert(0, str(ROOT / "tests"))
from standins.slurm import Slurm  # noqa: E402


def snakemake(folder: Path, *arguments: str, **how: object) -> None:
    command = [sys.executable, "-m", "snakemake", *STUDY, *arguments, "--quiet", "all"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, **how)


def overheads(folder: Path) -> list[float]:
    """Return what each cell but the last took beyond scoring, in seconds."""
    logs = [log.read_text() for log in (folder / "results/smoke/logs/cell").rglob("*.log")]
    logs.sort()  # each begins with its time
    starts = [datetime.fromisoformat(log[:23].replace(",", ".")).timestamp() for log in logs]
    scored = [float(SCORED.search(log)[1]) for log in logs]
    return [
        after - before - work
        for before, after, work in zip(starts, starts[1:], scored, strict=False)
    ]


def importing_torch() -> float:
    before = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import torch"], check=True)
    return time.perf_counter() - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--slurm", action="store_true", help="also in a group on SLURM")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    ways: dict[str, list[float]] = {"at a desk": []}
    if asked.slurm:
        ways["in a group on SLURM"] = []
    torch: list[float] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory())) / "study"
        subprocess.run(["git", "clone", "-q", ROOT, folder], check=True)
        snakemake(folder, "--cores", "2")
        slurm = stack.enter_context(Slurm()) if asked.slurm else None
        for _ in range(asked.rounds):
            torch.append(importing_torch())
            snakemake(folder, "--cores", "1", *CELLS)
            ways["at a desk"] += overheads(folder)
            if slurm:
                profile = ["--profile", "profiles/slurm"]
                snakemake(folder, *profile, *CELLS, env=slurm.environment)
                ways["in a group on SLURM"] += overheads(folder)
    alone = statistics.median(torch)
    print(f"importing torch: {alone:.2f} s")
    for way, found in ways.items():
        took = statistics.median(found)
        print(f"a cell {way}: {took:.2f} s beyond its arithmetic, {took / alone:.1f} times that")


if __name__ == "__main__":
    main()
