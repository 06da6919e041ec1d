"""Compute the features of the heads that are enrolled and recognised."""

from pathlib import Path

from aip.album.heads import open_heads
from aip.compute.computing import computing
from aip.recognise.features import write_features
from aip.recognise.finding import load_finder
from aip.run.alone import given
from aip.run.gpu import granted
from aip.run.job import running

snakemake = given(globals())
definition = snakemake.params.provenance["definition"]
landmarks = snakemake.input.get("landmarks")
with (
    running(snakemake) as job,
    computing(granted(snakemake), snakemake.threads, [definition]) as device,
    open_heads(Path(snakemake.input.heads), landmarks and Path(landmarks)) as heads,
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
        load_finder(snakemake.params.detector, device),
    )
