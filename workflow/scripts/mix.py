"""Solve a game for its mixtures alone, which best responses answer."""

from pathlib import Path

from aip.game.charge import charges
from aip.game.equilibrium import solve
from aip.game.mixture import write_mixtures
from aip.game.outcomes import gather_outcomes
from aip.game.payoff import Payoff
from aip.game.visibility import visibility
from aip.perturb.perceptibility import by_user
from aip.run.alone import given
from aip.run.job import running

snakemake = given(globals())
with running(snakemake) as job:
    game = job.provenance.definition
    cells = [Path(cell) for cell in snakemake.input.cells]
    outcomes = gather_outcomes(
        cells,
        game["user"],
        game["recogniser"],
        rank=game["rank"],
        payoff=game.get("payoff") and Payoff(**game["payoff"]),
        impostors=[Path(path) for path in snakemake.input.get("impostors", [])],
    )
    table, charged = outcomes.table(), None
    if game["charge"]:
        shards = [Path(shard) for shard in snakemake.input.perturbations]
        seen = by_user(game["user"], shards)
        visible = visibility(game["user"], game["charge"]["measure"], seen)
        charged = charges(game["charge"], visible)
    write_mixtures(Path(snakemake.output[0]), table, solve(table, charged), job.provenance)
