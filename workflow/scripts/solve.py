"""Solve a game, say how sure its value is and what it is worth, and set its table for print."""

from dataclasses import replace
from pathlib import Path

from aip.game.bootstrap import interval
from aip.game.charge import charges
from aip.game.equilibrium import solve, write_equilibrium
from aip.game.held_out import held_out
from aip.game.outcomes import read_outcomes
from aip.game.payoff import Payoff
from aip.game.table import read_table
from aip.game.visibility import visibility
from aip.game.worth import Against, Worth
from aip.perturb.perceptibility import read_means
from aip.run.alone import given
from aip.run.job import running
from aip.show.missed import sentence
from aip.show.tables import write_latex, write_markdown

snakemake = given(globals())
with running(snakemake) as job:
    game, seed = job.provenance.definition, job.provenance.seed
    table = read_table(Path(snakemake.input.table))
    outcomes = read_outcomes(Path(snakemake.input.outcomes), table)
    recognised, people = outcomes.recognised, outcomes.people
    seen = read_means(Path(snakemake.input.perceptibility))
    charged = game["charge"] and charges(
        game["charge"], visibility(table.user, game["charge"]["measure"], seen)
    )
    added = charged and charged.matrix
    found = solve(table, charged)
    worth = Worth(
        rank=game["rank"],
        people=int(people.max()) + 1,
        against=Against(**game["against"]),
        held_out=held_out(recognised, people, game["folds"], seed, added),
        outside=outcomes.outside_rates(found.user),
        payoff=game.get("payoff") and Payoff(**game["payoff"]),
    )
    sure = interval(recognised, people, seed, added)
    equilibrium = replace(found, interval=sure, worth=worth)
    write_equilibrium(Path(snakemake.output.equilibrium), table, equilibrium)
    missed = sentence(outcomes)
    write_markdown(Path(snakemake.output.markdown), table, equilibrium, seen, missed)
    write_latex(Path(snakemake.output.latex), table, equilibrium, seen, missed)
