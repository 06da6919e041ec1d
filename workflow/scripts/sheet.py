"""Draw a user strategy's contact sheet."""

from pathlib import Path

from aip.heads import open_heads
from aip.job import limit_threads, running
from aip.recognise.recogniser import Recogniser
from aip.show.sheet import compose, draw

with running(snakemake) as job:
    limit_threads(snakemake.threads)
    recogniser = Recogniser.load(
        snakemake.params.recogniser, Path(snakemake.input.nets[0]), Path(snakemake.input.svms[0])
    )
    with open_heads(Path(snakemake.input.heads)) as heads:
        sheet = compose(
            heads,
            [Path(shard) for shard in snakemake.input.perturbations],
            recogniser,
            job.provenance.definition["process"],
            job.provenance.definition["heads"],
            job.provenance.seed,
        )
    draw(Path(snakemake.output[0]), snakemake.wildcards.user, snakemake.params.seen_by, sheet)
