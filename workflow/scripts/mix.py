"""Solve a game for its mixtures alone, which best responses answer."""

from pathlib import Path

from aip.game.equilibrium import solve
from aip.game.mixture import write_mixtures
from aip.game.outcomes import gather_outcomes
from aip.run.alone import given
from aip.run.job import running

snakemake = given(globals())
with running(snakemake) as job:
    game = job.provenance.definition
    cells = [Path(cell) for cell in snakemake.input.cells]
    outcomes = gather_outcomes(cells, game["user"], game["recogniser"], rank=game["rank"])
    table = outcomes.table()
    write_mixtures(Path(snakemake.output[0]), table, solve(table), job.provenance)
