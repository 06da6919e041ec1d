"""Make the page's heads of one user strategy: thumbnails, and whom they were taken for."""

from pathlib import Path

from aip.album.heads import open_heads
from aip.compute.threads import limit_threads
from aip.run.alone import given
from aip.run.job import running
from aip.show.page_heads import write_heads
from aip.store.provenance import write_json

snakemake = given(globals())
with running(snakemake) as job:
    limit_threads(snakemake.threads)
    definition = job.provenance.definition
    with open_heads(Path(snakemake.input.heads)) as heads:
        about = write_heads(
            Path(snakemake.output.heads),
            heads,
            [Path(shard) for shard in snakemake.input.perturbations],
            {Path(cell).stem: Path(cell) for cell in snakemake.input.cells},
            definition["cells"],
            definition["count"],
            job.provenance.seed,
        )
    write_json(Path(snakemake.output.about), job.provenance, **about)
