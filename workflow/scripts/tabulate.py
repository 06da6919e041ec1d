"""Set a table of rates that is not solved, with how visible its user strategies are."""

from pathlib import Path

from aip.game.overview import read_overview, write_csv
from aip.perturb.perceptibility import by_user
from aip.run.alone import given
from aip.run.job import running
from aip.show.overview import write_latex, write_markdown

snakemake = given(globals())
with running(snakemake) as job:
    table = job.provenance.definition
    users = sorted({user for row in table["cells"] for user in row})
    seen = by_user(users, [Path(shard) for shard in snakemake.input.perturbations])
    overview = read_overview(
        [Path(cell) for cell in snakemake.input.cells],
        table,
        seen,
        [Path(path) for path in snakemake.input.get("impostors", [])],
    )
    write_csv(Path(snakemake.output.rates), overview)
    write_markdown(Path(snakemake.output.markdown), overview)
    write_latex(Path(snakemake.output.latex), overview)
