"""Faults of every kind, at random moments; and whether one plain rerun makes them good."""

import os
import random
import re
import shutil
import signal
import subprocess
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

from aip.damage import Damaged
from aip.study.whole import artifacts, read_whole
from faults.study import OVERLAY, Done, Run, Study


@dataclass(frozen=True)
class State:
    """A study in which few jobs are left to do.

    Attributes
    ----------
    target : str
        What is asked for, and is not there.
    reads : str
        What its jobs read, as a pattern: only damage there can be seen by a run.
    others : tuple of str
        What is not there, either.
    """

    target: str
    reads: str
    others: tuple[str, ...] = ()


SMALL, SHARD, TABLE4 = "recognisers/small", "perturbations/gaman/000000-000006", "games/table4"
STATES = (
    State("heads.h5", r"album/.*", ("heads.json",)),
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
        r"|report/sheets/.*|costs.csv|.*/(card.json|curve.svg)",
    ),
)


class Pace:
    """How many seconds pass from the first job to the end of most runs, as runs teach it."""

    seconds = 4.0

    @classmethod
    def learn(cls, late: bool) -> None:
        """Wait for less if a fault came too late, and else for a little more."""
        cls.seconds *= 0.8 if late else 1.05


@dataclass(frozen=True)
class Outcome:
    """What became of a fault.

    Attributes
    ----------
    kind, where : str
        Which fault, and what was being made.
    seed, number : int
        Which one of the session.
    end : str
        How it was got over.
    wrong : str
        What was wrong about that; empty if nothing was.
    """

    kind: str
    where: str
    seed: int
    number: int
    end: str
    wrong: str = ""


@dataclass
class Case:
    """A study in the middle of its work, to break."""

    study: Study
    target: str
    read: list[str]
    random: random.Random
    note: str = ""

    def moment(self, run: Run) -> bool:
        """Wait for a random moment, mostly of a job's; return whether the run still goes on."""
        starting = self.random.random() < 0.2
        while run.going() and not starting and not run.jobs():
            time.sleep(0.02)
        ends = time.monotonic() + self.random.uniform(0, 3 if starting else Pace.seconds)
        while run.going() and time.monotonic() < ends:
            time.sleep(0.01)
        if not starting:
            Pace.learn(late=not run.going())
        if not run.going():
            self.note = "came too late"
        return run.going()

    def start(self) -> Run:
        return self.study.start(self.target)


def kill_all(case: Case) -> Done:
    run = case.start()
    case.moment(run)
    run.kill(signal.SIGKILL)
    return run.end()


def kill_snakemake(case: Case) -> Done:
    """Its jobs live on."""
    run = case.start()
    case.moment(run)
    run.process.kill()
    return run.end()


def kill_job(case: Case) -> Done:
    run = case.start()
    if case.moment(run):
        jobs = run.jobs()
        with suppress(psutil.NoSuchProcess):
            case.random.choice(jobs).kill() if jobs else None
        case.note = "" if jobs else "met no job"
    return run.end()


def interrupt(case: Case) -> Done:
    run = case.start()
    case.moment(run)
    run.kill(signal.SIGINT)
    return in_sentences(run.end())


def two_runs(case: Case) -> Done:
    first = case.start()
    time.sleep(case.random.choice([0, case.random.uniform(0, Pace.seconds)]))
    second = case.start()
    ends = [run.end() for run in (first, second)]
    refused = [end for end in ends if "Directory cannot be locked" in end.said]
    case.note = "the second was refused" if refused else "one after the other"
    return in_sentences(next((end for end in ends if end.code), ends[0]))


def disk_full(case: Case) -> Done:
    with mounted(case.study, spare=int(2 ** case.random.uniform(0, 9)) - 1) as mount:
        done = case.start().end()
        for path in mount.rglob(".*.partial"):
            raise AssertionError(f"left half written: {path}")
        if done.code:
            assert "No space left on device" in done.said, done.said
        else:
            case.note = "there was room"
    return in_sentences_but_snakemakes(done)


def read_only(case: Case) -> Done:
    with mounted(case.study, spare=100_000) as mount:
        run = None if case.random.random() < 0.3 else case.start()
        if run:
            case.moment(run)
        while _mount("-o", "remount,ro", str(mount)).returncode:
            time.sleep(0.005)  # busy: something is being written
        done = (run or case.start()).end()
    return in_sentences_but_snakemakes(done) if run else in_sentences(done)


def truncated(case: Case) -> Done:
    path = case.study.results / case.random.choice(case.read)
    truncate(path, case.random)
    return _damaged(case, path)


def flipped(case: Case) -> Done:
    path = case.study.results / case.random.choice(case.read)
    flip(path, case.random)
    return _damaged(case, path)


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


def _damaged(case: Case, path: Path) -> Done:
    """Run; where it says how to rebuild the file, do that or not."""
    done = in_sentences(case.start().end())
    name = path.relative_to(case.study.folder)
    if not done.code:
        case.note = "not noticed"
        return done
    artifact = name.parents[0] if name.parent.name == "photos" else name
    said = re.search(
        rf"{re.escape(str(artifact))}: .* set aside as .*rebuild it alone with: (.*)", done.said
    )
    assert said, f"{name} is not named:\n{done.said}"
    case.note = "found, rebuilt by the plain rerun"
    if case.random.random() < 0.6:
        case.note = "found, rebuilt by the command that was named"
        rebuilt = case.study.shell(said[1])
        assert not rebuilt.code, rebuilt.said
    return done


def clock_set_back(case: Case) -> Done:
    ahead = time.time() + case.random.choice([60, 86_400, 300_000_000])
    for name in case.study.artifacts():
        if case.random.random() < 0.5:
            os.utime(case.study.results / name, (ahead, ahead))
    done = in_sentences(case.start().end())
    assert not done.code, done.said
    case.note = "made no difference"
    return done


def other_files(case: Case) -> Done:
    """What is no artifact: Snakemake's records, benchmarks, logs."""
    files = [
        path
        for folder in (".snakemake/metadata", ".snakemake/aip", "results/smoke/benchmarks")
        for path in sorted((case.study.folder / folder).rglob("*"))
        if path.is_file()
    ]
    path = case.random.choice(files)
    case.random.choice([truncate, flip])(path, case.random)
    done = in_sentences(case.start().end())
    assert not done.code, f"{path}:\n{done.said}"
    case.note = "made no difference"
    return done


KINDS: dict[str, Callable[[Case], Done]] = {
    "kill-all": kill_all,
    "kill-snakemake": kill_snakemake,
    "kill-job": kill_job,
    "ctrl-c": interrupt,
    "two-runs": two_runs,
    "disk-full": disk_full,
    "read-only": read_only,
    "truncated": truncated,
    "flipped": flipped,
    "clock": clock_set_back,
    "other-files": other_files,
}
MOUNTING = ("disk-full", "read-only")


def in_sentences(done: Done) -> Done:
    assert "Traceback" not in done.said, done.said
    return done


def in_sentences_but_snakemakes(done: Done) -> Done:
    """Allow for what Snakemake says of its own logs and benchmarks that it cannot write."""
    if "Traceback" in done.said:
        assert re.search(r"(Read-only file system|No space left on device): 'results/", done.said)
        assert not re.search(r'File ".*/(src/aip|scripts)/', done.said), done.said
    return done


def can_mount(folder: Path) -> bool:
    """Whether file systems can be mounted, which takes root, and not in every container."""
    folder.mkdir(exist_ok=True)
    done = _mount("-t", "tmpfs", "-o", "size=64k", "aip-faults", str(folder))
    return done.returncode == 0 and subprocess.run(["umount", folder], check=False).returncode == 0


@contextmanager
def mounted(study: Study, spare: int) -> Iterator[Path]:
    """Have the results on a disk of their own, with so many KiB to spare, until the block ends."""
    results, home = study.results, study.results.with_name("home")
    results.rename(home)
    results.mkdir()
    used = sum(-(-p.stat().st_size // 4096) * 4 for p in home.rglob("*") if p.is_file())
    done = _mount("-t", "tmpfs", "-o", f"size={used + spare}k", "aip-faults", str(results))
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


def _mount(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)


def strike(
    whole: Study, folder: Path, count: int, seed: int, kinds: Sequence[str]
) -> list[Outcome]:
    """Draw faults, and let each happen to a study of its own."""
    if not can_mount(folder / "mount"):
        kinds = [kind for kind in kinds if kind not in MOUNTING]
    expected = whole.numbers()
    # Every kind comes up as often as the others, whatever the seed.
    drawn = [kinds[number % len(kinds)] for number in range(count)] if kinds else []

    def one(number: int) -> Outcome:
        return _one(whole, folder / str(number), expected, drawn[number], seed, number)

    with ThreadPoolExecutor(max(1, (os.cpu_count() or 2))) as pool:
        return list(pool.map(one, range(len(drawn))))


def _one(
    whole: Study, folder: Path, expected: dict[str, np.ndarray], kind: str, seed: int, number: int
) -> Outcome:
    draws = random.Random(f"{seed} {number}")
    state = draws.choice(STATES)
    study = whole.copy(folder)
    for name in (state.target, *state.others):
        (study.results / name).unlink()
    read = [name for name in study.artifacts() if re.fullmatch(state.reads, name)]
    case = Case(study, state.target, read, draws)
    end, wrong = "", ""
    try:
        KINDS[kind](case)
        end = case.note or "broke off, and went on"
        end += _made_good(case, expected)
        shutil.rmtree(folder)
    except Exception:
        end, wrong = "not got over", f"{folder}\n{traceback.format_exc()}"
    return Outcome(kind, state.target, seed, number, end, wrong)


def _damaged_ones(study: Study) -> list[Path]:
    """Name the artifacts that `aip check` would; here, for a process takes seconds to start."""
    found = []
    for path in artifacts(study.results):
        try:
            read_whole(path)
        except Damaged:
            found.append(path)
    return found


def _made_good(case: Case, expected: dict[str, np.ndarray]) -> str:
    """Run plainly once more, do what `aip check` says, and compare every number."""
    study, said = case.study, ""
    done = study.run(case.target)
    assert done.code == 0, done.said
    if _damaged_ones(study):
        said = ", found by aip check"
        checked = study.shell(f"aip check {OVERLAY}")
        assert checked.code == 1, checked.said
        for command in re.findall(r"rebuild it with: (.*)", checked.said):
            rebuilt = study.shell(command)
            assert rebuilt.code == 0, rebuilt.said
        assert not _damaged_ones(study)
    found = study.numbers()
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        assert np.array_equal(found[name], values, equal_nan=values.dtype.kind == "f"), name
    return said
