"""Score one user strategy's published heads with one recogniser strategy."""

from pathlib import Path

from aip.cell import write_cell
from aip.heads import open_heads
from aip.job import limit_threads, running
from aip.recognise.recogniser import Recogniser

with running(snakemake) as job:
    limit_threads(snakemake.threads)
    recognisers = [
        Recogniser.load(snakemake.params.recogniser, Path(snakemake.input.nets[0]), Path(svm))
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
