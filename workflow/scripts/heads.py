"""Crop every head of the index out of its photo."""

from pathlib import Path

from aip.album import source
from aip.album.index import read_index
from aip.album.missing import counts, read_missing
from aip.heads import write_card, write_heads
from aip.job import running

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
    write_card(
        Path(snakemake.output.card),
        Path(snakemake.output.heads),
        job.provenance,
        counts(index, read_missing(Path(snakemake.input.missing))),
    )
