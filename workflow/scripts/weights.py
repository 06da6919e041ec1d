"""Fetch weights, and say where they lie."""

from pathlib import Path

from aip.download.weights import fetch
from aip.run.alone import given
from aip.run.job import running
from aip.store.provenance import write_json

snakemake = given(globals())
with running(snakemake) as job:
    name = job.provenance.definition["weights"]
    path = fetch(name, lambda total: job.progress(total, "bytes"))
    write_json(Path(snakemake.output[0]), job.provenance, file=str(path))
