"""Gather what every job of the study took."""

from pathlib import Path

from aip.run.alone import given
from aip.run.costs import read_benchmarks, worked, write_costs
from aip.run.job import running

snakemake = given(globals())
with running(snakemake) as job:
    costs, spoilt = read_benchmarks(Path(snakemake.params.benchmarks))
    for sentence in spoilt:
        job.say(sentence)
    write_costs(Path(snakemake.output[0]), worked(costs, snakemake.params.work))
