"""Assemble a game's outcomes and its payoff table from its cells."""

from pathlib import Path

from aip.game.outcomes import gather, write_outcomes
from aip.game.table import write_table
from aip.job import running

with running(snakemake) as job:
    game = job.provenance.definition
    cells = [Path(cell) for cell in snakemake.input.cells]
    outcomes = gather(cells, game["user"], game["recogniser"])
    write_outcomes(Path(snakemake.output.outcomes), outcomes, job.provenance)
    write_table(Path(snakemake.output.table), outcomes.table())
