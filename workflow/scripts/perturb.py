"""Perturb one shard of heads with one user strategy."""

from pathlib import Path

from aip.heads import chosen, open_heads
from aip.job import computing, running
from aip.perturb.craft import craft, write_card
from aip.recognise.recogniser import Recogniser

with running(snakemake) as job, computing(snakemake, 1, snakemake.params.against) as device:
    against = [
        Recogniser.load(definition, Path(net), Path(svm), device)
        for definition, net, svm in zip(
            snakemake.params.against, snakemake.input.nets, snakemake.input.svms, strict=True
        )
    ]
    with open_heads(Path(snakemake.input.heads)) as heads:
        start, stop = snakemake.params.range
        positions = chosen(
            heads,
            snakemake.params.subset,
            snakemake.params.part,
            snakemake.params.enrolled,
            job.provenance.seed,
        )[start:stop]
        craft(
            Path(snakemake.output.perturbation),
            heads,
            positions,
            against,
            job.provenance,
            job.progress(len(positions), "heads"),
            snakemake.threads,
        )
    write_card(Path(snakemake.output.card), Path(snakemake.output.perturbation), job.provenance)
