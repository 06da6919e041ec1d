"""Assemble a game's payoff table from its cells."""

from pathlib import Path

from aip.game.table import assemble, write_table
from aip.job import running

with running(snakemake) as job:
    game = job.provenance.definition
    cells = [Path(cell) for cell in snakemake.input.cells]
    write_table(Path(snakemake.output[0]), assemble(cells, game["user"], game["recogniser"]))
