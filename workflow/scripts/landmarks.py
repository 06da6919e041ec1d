"""Find the landmarks of the face in every clean head."""

from pathlib import Path

from aip.album.heads import open_heads
from aip.compute.computing import computing
from aip.recognise.finder import load
from aip.recognise.landmarks import write_landmarks, write_landmarks_card
from aip.run.alone import given
from aip.run.gpu import granted
from aip.run.job import running

snakemake = given(globals())
with (
    running(snakemake) as job,
    computing(granted(snakemake), snakemake.threads, []) as device,
    open_heads(Path(snakemake.input.heads)) as heads,
):
    write_landmarks(
        Path(snakemake.output.landmarks),
        heads,
        load(job.provenance.definition["detector"], device),
        job.provenance,
        job.progress(len(heads.id), "heads"),
    )
    write_landmarks_card(
        Path(snakemake.output.card), Path(snakemake.output.landmarks), job.provenance
    )
