"""Teach a recogniser's net the identities of the train subset."""

import csv
import logging
import time
from dataclasses import asdict, fields
from pathlib import Path

import torch

from aip.files import whole
from aip.heads import open_heads
from aip.job import computing, running
from aip.recognise.training import Epoch, train

definition = snakemake.params.definition
with running(snakemake) as job, computing(snakemake, 1, [definition]) as device:
    seed = job.provenance.seed
    bar = job.progress(definition["training"]["epochs"], "epochs")
    rows: list[dict[str, float]] = []

    def report(epoch: Epoch) -> None:
        """Keep a line of the learning curve."""
        seconds = round(time.monotonic() - job.provenance.started, 1)
        rows.append({**asdict(epoch), "seconds": seconds})
        logging.info("%s", rows[-1])
        bar(1)

    start = snakemake.input.get("start")
    with open_heads(Path(snakemake.input.heads)) as heads:
        net = train(
            heads,
            [Path(lesson) for lesson in snakemake.input.get("lessons", [])],
            Path(start) if start else None,
            definition,
            seed,
            snakemake.threads,
            report,
            device,
        )
    with whole(Path(snakemake.output.curve)) as path, path.open("w", newline="") as file:
        writer = csv.DictWriter(file, [*(field.name for field in fields(Epoch)), "seconds"])
        writer.writeheader()
        writer.writerows(rows)
    # Of a path, torch would write the name into the file, and that beside is never the same.
    with whole(Path(snakemake.output.net)) as path, path.open("wb") as file:
        torch.save(net.state_dict(), file)
