"""Gather what every job of the study took."""

from pathlib import Path

from aip.costs import gather, worked, write_costs
from aip.job import running

with running(snakemake) as job:
    costs, spoilt = gather(Path(snakemake.params.benchmarks))
    for sentence in spoilt:
        job.say(sentence)
    write_costs(Path(snakemake.output[0]), worked(costs, snakemake.params.work))
