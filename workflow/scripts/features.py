"""Compute the features of the heads that are enrolled and recognised."""

from pathlib import Path

from aip.heads import open_heads
from aip.job import limit_threads, running
from aip.recognise.features import write_features

with running(snakemake) as job:
    limit_threads(snakemake.threads)
    with open_heads(Path(snakemake.input.heads)) as heads:
        subset = job.provenance.definition["subset"]
        write_features(
            Path(snakemake.output.features),
            heads,
            subset,
            Path(snakemake.input.net),
            job.provenance.definition,
            job.provenance,
            job.progress(len(heads.where(subset)), "heads"),
        )
