"""Say in one text what the study found, and where its pictures are."""

from pathlib import Path

from aip.run.alone import given
from aip.run.costs import sentences
from aip.run.job import running
from aip.show.summary import summarise
from aip.store.files import whole

snakemake = given(globals())
with running(snakemake):
    text = summarise(
        snakemake.params.study,
        Path(snakemake.input.heads),
        [Path(game) for game in snakemake.params.games],
        [Path(table) for table in snakemake.params.tables],
        [Path(card) for card in snakemake.input.cards],
        [Path(sheet) for sheet in snakemake.input.sheets],
        sentences(Path(snakemake.input.costs)),
        [Path(growth) for growth in snakemake.params.growth],
        [Path(frontier) for frontier in snakemake.params.frontier],
        Path(snakemake.input.page),
    )
    with whole(Path(snakemake.output[0])) as path:
        path.write_text(text, encoding="utf-8")
