"""Say how a game grew: a line per round, a picture, and a summary."""

from pathlib import Path

from aip.game.equilibrium import read_equilibrium
from aip.game.growth import Solved, rounds, write_growth
from aip.game.table import read_table
from aip.run.alone import given
from aip.run.job import running
from aip.show.growth import describe, draw
from aip.store.files import whole

snakemake = given(globals())
with running(snakemake) as job:
    games = []
    for path, equilibrium in zip(snakemake.input.tables, snakemake.input.equilibria, strict=True):
        table = read_table(Path(path))
        games.append(Solved(table, read_equilibrium(Path(equilibrium), table)))
    added = [(each["user"], each["columns"]) for each in job.provenance.definition["rounds"]]
    grown = rounds(games, added)
    write_growth(Path(snakemake.output.rounds), grown)
    draw(Path(snakemake.output.picture), snakemake.wildcards.growth, grown)
    names = [Path(path).parent.name for path in snakemake.input.tables]
    with whole(Path(snakemake.output.summary)) as path:
        path.write_text(describe(snakemake.wildcards.growth, names, grown), encoding="utf-8")
