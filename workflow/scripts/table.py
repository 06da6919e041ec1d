"""Assemble a game's outcomes and its payoff table from its cells."""

from dataclasses import replace
from pathlib import Path

from aip.game.outcomes import gather_outcomes, write_outcomes
from aip.game.payoff import Payoff
from aip.game.table import write_table
from aip.perturb.perceptibility import by_user, write_means
from aip.run.alone import given
from aip.run.job import running

snakemake = given(globals())
with running(snakemake) as job:
    game = job.provenance.definition
    cells = [Path(cell) for cell in snakemake.input.cells]
    payoff = game.get("payoff") and Payoff(**game["payoff"])
    outcomes = gather_outcomes(
        cells,
        game["user"],
        game["recogniser"],
        game["outside"],
        game["rank"],
        payoff,
        [Path(path) for path in snakemake.input.get("impostors", [])],
    )
    write_outcomes(Path(snakemake.output.outcomes), outcomes, job.provenance)
    shards = [Path(shard) for shard in snakemake.input.perturbations]
    write_means(Path(snakemake.output.perceptibility), by_user(game["user"], shards))
    said = payoff.described(game["rank"]) if payoff else ""
    write_table(Path(snakemake.output.table), replace(outcomes.table(), payoff=said))
