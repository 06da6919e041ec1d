"""Solve a game and set its table for print."""

from pathlib import Path

from aip.game.equilibrium import solve, write_equilibrium
from aip.game.table import read_table
from aip.job import running
from aip.show.tables import write_latex, write_markdown

with running(snakemake) as job:
    table = read_table(Path(snakemake.input[0]))
    equilibrium = solve(table)
    write_equilibrium(Path(snakemake.output.equilibrium), table, equilibrium)
    write_markdown(Path(snakemake.output.markdown), table, equilibrium)
    write_latex(Path(snakemake.output.latex), table, equilibrium)
