"""The kinds of faults: each lets one happen to a run, and returns how that run ended."""

import os
import re
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

from faults.case import Case, Pace, flip, mount_with, mounted, truncate
from faults.study import Done


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
        case.met = bool(jobs)
        case.note = "" if jobs else "met no job"
    return run.end()


def interrupt(case: Case) -> Done:
    run = case.start()
    case.moment(run)
    run.kill(signal.SIGINT)
    done = run.end()
    # Python itself says where it is interrupted while it still starts, and nothing can keep it.
    assert "Traceback" not in done.said or "\nKeyboardInterrupt" in done.said, done.said
    return done


def two_runs(case: Case) -> Done:
    first = case.start()
    time.sleep(case.random.choice([0, case.random.uniform(0, Pace.seconds)]))
    second = case.start()
    ends = [run.end() for run in (first, second)]
    refused = [end for end in ends if "Directory cannot be locked" in end.said]
    case.note = "the second was refused" if refused else "one after the other"
    end = next((end for end in ends if end.code), ends[0])
    # Snakemake, at its end, removes the folder that another run is about to write its locks to.
    if re.search(r"No such file or directory: '.*/\.snakemake/locks/0\.input\.lock'", end.said):
        case.note = "the second met the first's removal of its locks"
        return end
    return in_sentences(end)


def disk_full(case: Case) -> Done:
    with mounted(case.study, spare=int(2 ** case.random.uniform(0, 9)) - 1) as disk:
        done = case.start().end()
        for path in disk.rglob(".*.partial"):
            raise AssertionError(f"left half written: {path}")
        if done.code:
            assert "No space left on device" in done.said, done.said
        else:
            case.note = "there was room"
    return in_sentences_but_snakemakes(done)


def read_only(case: Case) -> Done:
    with mounted(case.study, spare=100_000) as disk:
        run = None if case.random.random() < 0.3 else case.start()
        if run:
            case.moment(run)
        while mount_with("-o", "remount,ro", str(disk)).returncode:
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


def _damaged(case: Case, path: Path) -> Done:
    """Run; where it says how to rebuild the file, do that or not."""
    done = in_sentences(case.start().end())
    name = path.relative_to(case.study.folder)
    if not done.code:
        case.note = "not noticed"
        return done
    artifact = name.parents[0] if name.parent.name == "photos" else name
    said = re.search(rf"{re.escape(str(artifact))}: .*; rebuild it alone with: (.*)", done.said)
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


def in_sentences(done: Done) -> Done:
    assert "Traceback" not in done.said, done.said
    return done


def in_sentences_but_snakemakes(done: Done) -> Done:
    """Allow for what Snakemake says of its own logs and benchmarks that it cannot write."""
    if "Traceback" in done.said:
        assert re.search(r"(Read-only file system|No space left on device): 'results/", done.said)
        assert not re.search(r'File ".*/(src/aip|scripts)/', done.said), done.said
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
KILLING = ("kill-all", "kill-snakemake", "kill-job", "ctrl-c")
LEAVING_LOCKS = ("kill-all", "kill-snakemake")  # Snakemake's, which it knows no owner of
MOUNTING = ("disk-full", "read-only")
DAMAGING = ("truncated", "flipped")  # what a job reads
