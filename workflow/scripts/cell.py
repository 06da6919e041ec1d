"""Score one user strategy's published heads with one recogniser strategy."""

from pathlib import Path

from aip.cell import write_cell
from aip.heads import open_heads
from aip.job import computing, running
from aip.recognise.recogniser import Recogniser

definition = snakemake.params.recogniser
with running(snakemake) as job, computing(snakemake, snakemake.threads, [definition]) as device:
    recognisers = [
        Recogniser.load(definition, Path(snakemake.input.nets[0]), Path(svm), device)
        for svm in snakemake.input.svms
    ]
    with open_heads(Path(snakemake.input.heads)) as heads:
        write_cell(
            Path(snakemake.output[0]),
            [Path(shard) for shard in snakemake.input.perturbations],
            heads,
            [recognisers[svm] for svm in snakemake.params.svm],
            job.provenance.definition["process"],
            job.provenance,
            job.progress(snakemake.params.heads, "heads"),
        )
