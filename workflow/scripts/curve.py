"""Draw a recogniser's learning curve."""

from pathlib import Path

from aip.run.alone import given
from aip.run.job import running
from aip.show.curve import draw

snakemake = given(globals())
with running(snakemake):
    draw(Path(snakemake.output[0]), snakemake.wildcards.recogniser, Path(snakemake.input[0]))
