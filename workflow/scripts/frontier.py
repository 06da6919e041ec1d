"""Say what visibility is worth: a line per epsilon, a picture, and a summary."""

from pathlib import Path

from aip.game.equilibrium import read_equilibrium
from aip.game.frontier import Curve, point, unchanged, write_frontier
from aip.game.table import read_table
from aip.perturb.perceptibility import read_means
from aip.run.alone import given
from aip.run.job import running
from aip.show.counted import recognised
from aip.show.frontier import describe, draw
from aip.store.files import whole

snakemake = given(globals())
with running(snakemake) as job:
    frontier, curves = job.provenance.definition, []
    paths = zip(
        snakemake.input.tables, snakemake.input.equilibria, snakemake.input.seen, strict=True
    )
    found = {Path(path).parent.name: [*map(Path, (path, *others))] for path, *others in paths}
    tables = {game: read_table(files[0]) for game, files in found.items()}
    for kind in ("start", "grown"):
        points = [
            point(
                each["epsilon"],
                game := each[kind],
                tables[game],
                read_equilibrium(found[game][1], tables[game]),
                frontier["measure"],
                read_means(found[game][2]),
            )
            for each in frontier["points"]
            if each[kind] is not None
        ]
        if points:
            curves.append(Curve(kind, tuple(points)))
    if frontier["unchanged"] is not None:
        first = frontier["points"][0]["start"]
        plain = unchanged(first, tables[first], frontier["unchanged"])
        curves.append(Curve("unchanged", (plain,)))
    write_frontier(Path(snakemake.output.points), curves)
    name, start = snakemake.wildcards.frontier, frontier["points"][0]["start"]
    worth = read_equilibrium(found[start][1], tables[start]).worth
    counted = "recognised" if worth is None else recognised(worth.rank, worth.payoff)
    draw(Path(snakemake.output.picture), name, frontier["measure"], curves, counted)
    with whole(Path(snakemake.output.summary)) as path:
        said = describe(name, frontier["game"], frontier["measure"], curves, counted)
        path.write_text(said, encoding="utf-8")
