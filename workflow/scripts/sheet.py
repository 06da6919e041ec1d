"""Draw a user strategy's contact sheet."""

from pathlib import Path

from aip.album.heads import open_heads
from aip.compute.threads import limit_threads
from aip.recognise.finding import Finding, load_finder
from aip.recognise.recogniser import Recogniser
from aip.run.alone import given
from aip.run.job import running
from aip.show.sheet import compose, draw

snakemake = given(globals())
with running(snakemake) as job:
    limit_threads(snakemake.threads)
    recogniser = Recogniser.load(
        snakemake.params.recogniser, Path(snakemake.input.nets[0]), Path(snakemake.input.svms[0])
    )
    find = load_finder(snakemake.params.detector)
    with open_heads(Path(snakemake.input.heads)) as heads:
        sheet = compose(
            heads,
            [Path(shard) for shard in snakemake.input.perturbations],
            recogniser,
            job.provenance.definition["process"],
            job.provenance.definition["heads"],
            job.provenance.seed,
            find and Finding(find),
        )
    draw(Path(snakemake.output[0]), snakemake.wildcards.user, snakemake.params.seen_by, sheet)
