"""Say in one text what the study found, and where its pictures are."""

from pathlib import Path

from aip.files import whole
from aip.job import running
from aip.show.summary import summarise

with running(snakemake):
    text = summarise(
        snakemake.params.study,
        Path(snakemake.input.heads),
        [Path(game) for game in snakemake.params.games],
        [Path(table) for table in snakemake.params.tables],
        [Path(card) for card in snakemake.input.cards],
        [Path(sheet) for sheet in snakemake.input.sheets],
        Path(snakemake.input.costs),
    )
    with whole(Path(snakemake.output[0])) as path:
        path.write_text(text, encoding="utf-8")
