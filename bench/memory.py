"""How much memory the jobs of a large album hold: each job's own script, on a made-up album.

Run by hand, from the root of the checkout; it takes half an hour, and 300 kB of disk per head.
Every job works on all heads of the album: all teach the net, clean and perturbed, and all are
scored. Photos are noise, the net is small and untrained, and the features that SVMs are fitted to
are made up, as many as a large net gives. The memory that a net itself takes comes on top and does
not grow with the album. A job that repeats the same work, training a net or fitting an SVM, is
stopped after some seconds (--limit).
"""

import argparse
import multiprocessing
import os
import re
import runpy
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from snakemake.iocontainers import Namedlist

from aip.run.costs import Work

if TYPE_CHECKING:
    from large_album import Album

# Image sizes: that of a large net's input, and one for where the size does not matter.
LARGE, SMALL = [224, 224], [64, 64]
SHARD = 112  # heads

TRAINING = {
    "epochs": 1,
    "batch_size": 16,
    "lanes": 2,
    "schedule": "one-cycle",
    "learning_rate": 0.05,
    "weight_decay": 0.0005,
    "label_smoothing": 0.1,
    "validation": 0.05,
}
NET = {
    "arch": "squeezenet1_1",
    "weights": None,
    "feature_layer": None,
    "input_size": SMALL,
    "precision": "float32",
    "training": TRAINING,
}
USER = {"method": "gaman", "steps": 2, "step_size": 0.1, "step_rule": "relative"} | {
    "epsilon": 1000,
    "robust_to": [("B", 1)],
}


@dataclass(frozen=True)
class Job:
    """A job as its script gets it; `again` if it repeats the same work until it is stopped."""

    script: str
    what: str
    input: dict[str, str | list[str]]
    output: dict[str, str]
    params: dict[str, Any]
    again: bool = False


def jobs(album: "Album") -> Iterator[Job]:
    """Yield the jobs one after the other, each once its input is there."""
    album.photos()
    root = {"source": "folder", "root": album / "photos", "box": [0, 0, 1, 1], "boxes": None}
    yield Job(
        "heads",
        "from photos",
        {"index": album / "index.csv", "missing": album / "missing.csv"},
        {"heads": album / "heads.h5", "card": album / "heads.json"},
        {"definition": {"album": root, "size": None}},
    )
    album.taught()
    album.recogniser()
    shards = album.shards()
    taught, heads, net = ({"heads": album / "taught.h5"}, album / "heads.h5", album / "net.pt")
    published = [album / f"published/user0/{shard}" for shard in shards]
    yield Job(
        "train",
        "224 pixels",
        taught,
        {"net": album / "out.pt", "curve": album / "out.csv"},
        {"definition": {**NET, "input_size": LARGE}},
        again=True,
    )
    yield Job(
        "train",
        "224 pixels, heads and lessons",
        {**taught, "lessons": published},
        {"net": album / "out.pt", "curve": album / "out.csv"},
        {"definition": {**NET, "input_size": LARGE}},
        again=True,
    )
    yield Job(
        "features",
        "heads and lessons",
        {"heads": heads, "net": net, "lessons": published},
        {"features": album / "out.h5"},
        {"definition": NET, "subset": "val"},
    )
    for script, what, output in (
        ("svm", "half of the heads", {"svm": album / "svm.h5", "card": album / "card.json"}),
        ("teacher", "all heads", {"teacher": album / "teacher.h5"}),
    ):
        features = {"features": album / "features.h5", "net": net, "curve": album / "curve.csv"}
        params = {"definition": NET, "enrolled": 0}
        yield Job(
            script, f"{what}, {album.features} features", features, output, params, again=True
        )
    attacked = {"subset": "val", "purpose": "attacked", "enrolled": 0}
    yield Job(
        "perturb",
        "a shard, 224 pixels",
        {"heads": heads, "nets": [net], "svms": [album / "known.h5"]},
        {"perturbation": album / "perturbation.h5", "card": album / "perturbation.json"},
        {"definition": USER, "against": [{**NET, "input_size": LARGE}], "range": [0, SHARD]}
        | attacked,
    )
    yield Job(
        "cell",
        f"{album.people} people",
        {"heads": heads, "nets": [net], "svms": [album / "known.h5"], "perturbations": published},
        {"cell": album / "cell.h5"},
        {"definition": {"process": [("O", 1)]}, "recogniser": NET, "heads": album.heads}
        | {"svm": [0] * len(published)},
    )
    game = {
        "user": [f"user{number}" for number in range(album.strategies)],
        "recogniser": [f"response{number}" for number in range(album.strategies)],
        **{"outside": [], "rank": 1, "folds": None},
        "against": {"processings": album.strategies, "nets": 1, "learnt": 0},
    }
    size = f"{album.strategies} × {album.strategies} strategies"
    yield Job(
        "table",
        size,
        {
            "cells": [album / "cell.h5"] * album.strategies**2,
            "perturbations": [album / f"published/{u}/{s}" for u in game["user"] for s in shards],
        },
        {name: album / f"game/{name}.csv" for name in ("table", "perceptibility")}
        | {"outcomes": album / "game/outcomes.h5"},
        {"definition": game},
    )
    yield Job(
        "solve",
        size,
        {name: album / f"game/{name}.csv" for name in ("table", "perceptibility")}
        | {"outcomes": album / "game/outcomes.h5"},
        {"equilibrium": album / "game/equilibrium.json", "markdown": album / "game/table.md"}
        | {"latex": album / "game/table.tex"},
        {"definition": game},
    )
    yield Job(
        "sheet",
        "",
        {"heads": heads, "nets": [net], "svms": [album / "known.h5"], "perturbations": published},
        {"sheet": album / "sheet.png"},
        {"definition": {"process": [("B", 1)], "heads": 8}, "recogniser": NET, "seen_by": "small"},
    )
    album.benchmarks()
    yield Job(
        "costs",
        f"{album.strategies**2} jobs",
        {},
        {"costs": album / "costs.csv"},
        {"definition": {}, "benchmarks": album / "benchmarks", "work": work(album.strategies)},
    )


def work(strategies: int) -> Work:
    names = [f"{side}{number}" for side in ("user", "response") for number in range(strategies)]
    return Work(frozenset(names), heads={}, passes={})


def run(job: Job, told: Connection) -> None:
    """Run a job's script as Snakemake does, and send its peak memory."""
    params = {"detector": None, "source": {}, **job.params}
    made = {"definition": params.pop("definition"), "fingerprint": "", "seed": 1, "code": {}}
    snakemake = SimpleNamespace(
        rule=job.script,
        threads=1,
        wildcards=Namedlist(fromdict={"user": "user0"}),
        log=[os.devnull],
        resources={},
        input=files(job.input),
        output=files(job.output),
        params=Namedlist(fromdict={**params, "provenance": made}),
    )
    script = Path(__file__).parents[1] / "workflow" / "scripts" / f"{job.script}.py"
    runpy.run_path(str(script), {"snakemake": snakemake}, "__main__")
    told.send(peak(os.getpid()))


def files(named: dict[str, str | list[str]]) -> Namedlist:
    """Return files as Snakemake gives them to a script: one flat list, with names for its parts."""
    found = Namedlist()
    for name, paths in named.items():
        start = len(found)
        found.extend([paths] if isinstance(paths, str) else paths)
        found._set_name(name, start, end=None if isinstance(paths, str) else len(found))
    return found


def peak(process: int) -> float:
    """Return the most that a process held at once, in MiB."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1]) / 1024


def measured(job: Job, limit: float) -> str:
    """Run a job in a process of its own; return its line of the table."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=run, args=(job, there))
    started = time.monotonic()
    process.start()
    there.close()
    if here.poll(limit if job.again else None):
        try:
            held, note = here.recv(), ""
        except EOFError:
            sys.exit(f"error: the job {job.script} failed")
    else:
        held, note = peak(process.pid or 0), ", stopped"
        process.kill()
    process.join()
    seconds = time.monotonic() - started
    return f"| {job.script} | {job.what} | {held:.0f} | {seconds:.0f}{note} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--heads", type=int, default=50_000)
    parser.add_argument("--people", type=int, default=2_356, help="identities of the SVMs")
    parser.add_argument("--features", type=int, default=2_048, help="features per head")
    parser.add_argument("--strategies", type=int, default=100, help="strategies of each side")
    parser.add_argument("--limit", type=float, default=180, help="seconds until a job is stopped")
    parser.add_argument("--folder", type=Path, help="where the album is made, and removed")
    parser.add_argument("--only", nargs="+", help="rules to run; heads are always made")
    options = parser.parse_args()
    from large_album import Album  # here, since each job's process imports this file

    os.environ["OMP_NUM_THREADS"] = "1"
    with TemporaryDirectory(dir=options.folder) as folder:
        sizes = (options.heads, options.people, options.features, options.strategies)
        album = Album(Path(folder), *sizes, SHARD)
        print(f"{options.heads} heads\n\n| job | what | MiB at most | seconds |")
        print("| --- | --- | ---: | ---: |", flush=True)
        for job in jobs(album):
            if options.only is None or job.script in ("heads", *options.only):
                print(measured(job, options.limit), flush=True)


if __name__ == "__main__":
    main()
