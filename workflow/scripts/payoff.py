"""Draw a game's payoff table as a heat map with both mixtures along its edges."""

from pathlib import Path

from aip.game.equilibrium import read_equilibrium
from aip.game.table import read_table
from aip.run.alone import given
from aip.run.job import running
from aip.show.payoff import draw

snakemake = given(globals())
with running(snakemake):
    table = read_table(Path(snakemake.input.table))
    equilibrium = read_equilibrium(Path(snakemake.input.equilibrium), table)
    draw([Path(picture) for picture in snakemake.output], table, equilibrium)
