"""Crop every head of the index out of its photo."""

from pathlib import Path

from aip.album import source
from aip.album.heads import write_heads, write_heads_card
from aip.album.index import read_index
from aip.album.missing import counts, read_missing, reasons
from aip.run.alone import given
from aip.run.job import running

snakemake = given(globals())
with running(snakemake) as job:
    definition = job.provenance.definition
    index_path = Path(snakemake.input.index)
    album = source(definition["album"], index_path.parent)
    index = read_index(index_path)
    write_heads(
        Path(snakemake.output.heads),
        index,
        index_path,
        album.photo_path,
        definition["size"],
        job.provenance,
        job.progress(len(index), "heads"),
    )
    missing = read_missing(Path(snakemake.input.missing))
    write_heads_card(
        Path(snakemake.output.card),
        Path(snakemake.output.heads),
        job.provenance,
        counts(index, missing),
        reasons(missing),
    )
