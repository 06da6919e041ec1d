"""Perturb one shard of the attacked heads with one user strategy."""

from pathlib import Path

from aip.heads import attacked, open_heads
from aip.job import limit_threads, running
from aip.perturb.craft import craft, write_card
from aip.recognise.recogniser import Recogniser

with running(snakemake) as job:
    limit_threads(snakemake.threads)
    recogniser = None
    if snakemake.params.recogniser:
        definition = snakemake.params.recogniser
        recogniser = Recogniser.load(
            definition,
            Path(snakemake.input.net),
            Path(snakemake.input.svm),
        )
    with open_heads(Path(snakemake.input.heads)) as heads:
        start, stop = snakemake.params.range
        positions = attacked(heads, snakemake.params.subset, job.provenance.seed)[start:stop]
        craft(
            Path(snakemake.output.perturbation),
            heads,
            positions,
            recogniser,
            job.provenance,
            job.progress(len(positions), "heads"),
        )
    write_card(Path(snakemake.output.card), Path(snakemake.output.perturbation), job.provenance)
