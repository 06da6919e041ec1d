"""Compute the features of the heads that are enrolled and recognised."""

from pathlib import Path

from aip.heads import open_heads
from aip.job import computing, running
from aip.recognise.features import write_features

definition = snakemake.params.definition
with (
    running(snakemake) as job,
    computing(snakemake, snakemake.threads, [definition]) as device,
    open_heads(Path(snakemake.input.heads)) as heads,
):
    write_features(
        Path(snakemake.output.features),
        heads,
        snakemake.params.subset,
        [Path(lesson) for lesson in snakemake.input.get("lessons", [])],
        Path(snakemake.input.net),
        definition,
        job.provenance,
        lambda total: job.progress(total, "heads"),
        device,
    )
