"""Perturb one shard of heads with one user strategy."""

from dataclasses import replace
from pathlib import Path

from aip.album.heads import chosen, open_heads
from aip.compute.computing import computing
from aip.game.mixture import read_mixture
from aip.perturb.artifact import write_perturbation_card, write_perturbations
from aip.perturb.mixture import answering, recognisers_of
from aip.perturb.visible import got_colour, nothing_changed
from aip.recognise.sharing import load_sharing
from aip.run.alone import given
from aip.run.gpu import granted
from aip.run.job import running

snakemake = given(globals())
with (
    running(snakemake) as job,
    computing(granted(snakemake), 1, snakemake.params.against) as device,
):
    strategy = job.provenance.definition
    against = names = strategy.get("against", [])
    if snakemake.params.source:
        strategy = {**strategy, "source": snakemake.params.source}
    if "columns" in strategy:
        strategy = answering(strategy, read_mixture(Path(snakemake.input.mixtures), "recogniser"))
        against = recognisers_of(strategy["mixture"])
    triples = zip(snakemake.params.against, snakemake.input.nets, snakemake.input.svms, strict=True)
    files = dict(zip(names, triples, strict=True))
    landmarks = snakemake.input.get("landmarks")
    with open_heads(Path(snakemake.input.heads), landmarks and Path(landmarks)) as heads:
        start, stop = snakemake.params.range
        positions = chosen(
            heads,
            snakemake.params.subset,
            snakemake.params.purpose,
            snakemake.params.enrolled,
            job.provenance.seed,
        )[start:stop]
        write_perturbations(
            Path(snakemake.output.perturbation),
            heads,
            positions,
            load_sharing([files[name] for name in against], device),
            replace(job.provenance, definition=strategy),
            job.progress(len(positions), "heads"),
            snakemake.threads,
        )
    if said := nothing_changed(Path(snakemake.output.perturbation), job.provenance.definition):
        job.say(said)
    if said := got_colour(Path(snakemake.output.perturbation), Path(snakemake.input.heads)):
        job.say(said)
    write_perturbation_card(
        Path(snakemake.output.card), Path(snakemake.output.perturbation), job.provenance
    )
