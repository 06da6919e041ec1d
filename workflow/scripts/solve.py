"""Solve a game, say how sure its value is, and set its table for print."""

from dataclasses import replace
from pathlib import Path

from aip.game.bootstrap import interval
from aip.game.equilibrium import solve, write_equilibrium
from aip.game.outcomes import read_outcomes
from aip.game.table import read_table
from aip.perturb.perceptibility import read_means
from aip.run.alone import given
from aip.run.job import running
from aip.show.tables import write_latex, write_markdown

snakemake = given(globals())
with running(snakemake) as job:
    table = read_table(Path(snakemake.input.table))
    outcomes = read_outcomes(Path(snakemake.input.outcomes), table)
    sure = interval(outcomes.recognised, job.provenance.seed)
    equilibrium = replace(solve(table), interval=sure)
    write_equilibrium(Path(snakemake.output.equilibrium), table, equilibrium)
    seen = read_means(Path(snakemake.input.perceptibility))
    write_markdown(Path(snakemake.output.markdown), table, equilibrium, seen)
    write_latex(Path(snakemake.output.latex), table, equilibrium, seen)
