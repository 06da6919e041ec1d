"""Make the page of a study: one file to open in a browser, around the heads that lie beside it."""

from pathlib import Path

from aip.run.alone import given
from aip.run.job import running
from aip.run.rebuild import rebuild
from aip.show.page.document import write_page

snakemake = given(globals())
with running(snakemake) as job:
    page = Path(snakemake.output[0])
    write_page(
        page,
        page.parents[1],
        job.provenance.definition,
        [Path(card) for card in snakemake.input.cards],
        [Path(curve) for curve in snakemake.input.curves],
        snakemake.params.files,
        rebuild,
    )
