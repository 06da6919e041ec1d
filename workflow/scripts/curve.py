"""Draw a recogniser's learning curve."""

from pathlib import Path

from aip.job import running
from aip.show.curve import draw

with running(snakemake):
    draw(Path(snakemake.output[0]), snakemake.wildcards.recogniser, Path(snakemake.input[0]))
