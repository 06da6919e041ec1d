"""A study in the middle of its work, to break; and what it takes to break it."""

import os
import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from faults.study import Run, Study


@dataclass(frozen=True)
class State:
    """A study in which few jobs are left to do.

    Attributes
    ----------
    target : str
        What is asked for, and is not there.
    reads : str
        What its jobs read, as a pattern: only damage there can be seen by a run. Empty if they
        read nothing.
    others : tuple of str
        What is not there, either; a folder among it.
    """

    target: str
    reads: str
    others: tuple[str, ...] = ()


SMALL, SHARD, TABLE4 = "recognisers/small", "perturbations/gaman/000000-000006", "games/table4"
STATES = (
    State("album/index.csv", "", ("album/missing.csv", "album/photos")),
    State("heads.h5", r"album/.*", ("heads.json",)),
    State(f"{SMALL}/net.pt", r"heads.*", (f"{SMALL}/curve.csv",)),
    State(f"{SMALL}/features.h5", r"heads.*|.*/(net.pt|curve.csv)"),
    State(f"{SMALL}/svm.h5", r".*/(features.h5|net.pt|curve.csv)", (f"{SMALL}/card.json",)),
    State(f"{SHARD}.h5", r"heads.*|.*/(net.pt|svm.h5|card.json)", (f"{SHARD}.json",)),
    State("cells/gaman/blur.h5", r"heads.*|perturbations/gaman/.*|.*/(net.pt|svm.h5|card.json)"),
    State(
        f"{TABLE4}/payoff.csv",
        r"cells/(gaman/blur|none/proc).*|perturbations/.*",
        ("cells/gaman/proc.h5", "cells/none/blur.h5"),
    ),
    State(f"{TABLE4}/equilibrium.json", r"games/.*/(payoff.csv|outcomes.h5|perceptibility.csv)"),
    State(
        "report/summary.txt",
        r"heads.json|games/.*/(payoff.csv|equilibrium.json|payoff.svg|table.md)"
        r"|report/(sheets|heads)/.*|report/index.html|costs.csv|.*/(card.json|curve.svg)",
    ),
)

SOON = 0.1  # seconds, in which no job is done: Python starts


class Pace:
    """How many seconds pass from the first job to the end of most runs, as runs teach it."""

    seconds = 4.0

    @classmethod
    def learn(cls, late: bool) -> None:
        """Wait for less if a fault came too late, and else for a little more."""
        cls.seconds *= 0.8 if late else 1.05


@dataclass
class Case:
    """A study in the middle of its work, to break.

    Attributes
    ----------
    study : Study
    target : str
    read : list of str
        What the jobs read.
    aimed : bool
        Whether the fault is to come while a job runs, for certain.
    random : Random
    note : str
        How the fault was got over, if in no usual way.
    met : bool
        Whether a job ran at the moment of the fault.
    """

    study: Study
    target: str
    read: list[str]
    aimed: bool
    random: random.Random
    note: str = ""
    met: bool = False

    def moment(self, run: Run) -> bool:
        """Wait for a random moment, mostly of a job's; return whether the run still goes on."""
        starting = not self.aimed and self.random.random() < 0.2
        while run.going() and not starting and not run.jobs():
            time.sleep(0.02)
        longest = SOON if self.aimed else 3 if starting else Pace.seconds
        ends = time.monotonic() + self.random.uniform(0, longest)
        while run.going() and time.monotonic() < ends:
            time.sleep(0.01)
        if not starting and not self.aimed:
            Pace.learn(late=not run.going())
        self.met = bool(run.jobs())
        if not run.going():
            self.note = "came too late"
        return run.going()

    def start(self) -> Run:
        return self.study.start(self.target)


def truncate(path: Path, draws: random.Random) -> None:
    content = path.read_bytes()
    _spoil(path, content[: draws.randrange(len(content) or 1)])


def flip(path: Path, draws: random.Random) -> None:
    content = bytearray(path.read_bytes())
    if content:
        content[draws.randrange(len(content))] ^= 1 << draws.randrange(8)
    _spoil(path, content)


def _spoil(path: Path, content: bytes) -> None:
    """Write as a bad disk does, which changes no time: Snakemake would look at what is newer."""
    before = path.stat()
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def can_mount(folder: Path) -> bool:
    """Whether file systems can be mounted, which takes root, and not in every container."""
    folder.mkdir(exist_ok=True)
    done = mount_with("-t", "tmpfs", "-o", "size=64k", "aip-faults", str(folder))
    return done.returncode == 0 and subprocess.run(["umount", folder], check=False).returncode == 0


@contextmanager
def mounted(study: Study, spare: int) -> Iterator[Path]:
    """Have the results on a disk of their own, with so many KiB to spare, until the block ends."""
    results, home = study.results, study.results.with_name("home")
    results.rename(home)
    results.mkdir()
    used = sum(-(-p.stat().st_size // 4096) * 4 for p in home.rglob("*") if p.is_file())
    done = mount_with("-t", "tmpfs", "-o", f"size={used + spare}k", "aip-faults", str(results))
    assert done.returncode == 0, done.stderr
    try:
        shutil.copytree(home, results, dirs_exist_ok=True)
        yield results
        shutil.rmtree(home)
        shutil.copytree(results, home)
    finally:
        subprocess.run(["umount", "--lazy", results], check=True)
        results.rmdir()
        home.rename(results)


def mount_with(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
