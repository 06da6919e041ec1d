"""Teach a recogniser's net the identities of the train subset."""

import csv
import logging
import time
from dataclasses import asdict, fields
from pathlib import Path

from aip.album.heads import open_heads
from aip.compute.computing import computing
from aip.compute.device import describe
from aip.recognise.checkpoint import Checkpoint
from aip.recognise.finding import load_finder
from aip.recognise.recogniser import compute_dtype
from aip.recognise.training import Epoch, train
from aip.run.alone import given
from aip.run.gpu import granted
from aip.run.job import running
from aip.store.files import whole
from aip.store.state import write_state

snakemake = given(globals())
definition = snakemake.params.provenance["definition"]
with running(snakemake) as job, computing(granted(snakemake), 1, [definition]) as device:
    seed = job.provenance.seed
    bar = job.progress(definition["training"]["epochs"], "epochs")
    dtype = compute_dtype(definition["precision"], device)
    follows = job.provenance.fingerprint, describe(device), dtype
    checkpoint = Checkpoint(Path(snakemake.output.net), device, *follows)
    rows = checkpoint.curve
    before = rows[-1]["seconds"] if rows else 0.0
    bar(len(rows))

    def report(epoch: Epoch) -> None:
        """Keep a line of the learning curve."""
        seconds = round(before + time.monotonic() - job.provenance.started, 1)
        rows.append({**asdict(epoch), "seconds": seconds})
        logging.info("%s", rows[-1])
        bar(1)

    start = snakemake.input.get("start")
    landmarks = snakemake.input.get("landmarks")
    with open_heads(Path(snakemake.input.heads), landmarks and Path(landmarks)) as heads:
        net = train(
            heads,
            [Path(lesson) for lesson in snakemake.input.get("lessons", [])],
            Path(start) if start else None,
            definition,
            seed,
            snakemake.threads,
            report,
            device,
            checkpoint,
            load_finder(snakemake.params.detector, device),
        )
    with whole(Path(snakemake.output.curve)) as path, path.open("w", newline="") as file:
        writer = csv.DictWriter(file, [*(field.name for field in fields(Epoch)), "seconds"])
        writer.writeheader()
        writer.writerows(rows)
    write_state(Path(snakemake.output.net), net.state_dict(), job.provenance.fingerprint)
    checkpoint.remove()
