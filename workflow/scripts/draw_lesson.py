"""Draw for each head of a shard a user strategy of a game's mixture, and perturb it with that."""

from functools import partial
from pathlib import Path

from aip.album.heads import chosen, open_heads
from aip.compute.computing import computing
from aip.game.mixture import draw, read_mixture
from aip.perturb.artifact import write_perturbation_card
from aip.perturb.drawn import Drawable, nothing_to_learn, write_drawn
from aip.perturb.mixture import answering, recognisers_of
from aip.recognise.sharing import load_sharing
from aip.run.alone import given
from aip.run.gpu import granted
from aip.run.job import running

snakemake = given(globals())
with (
    running(snakemake) as job,
    computing(granted(snakemake), 1, [*snakemake.params.recognisers.values()]) as device,
):
    triples = zip(
        snakemake.params.recognisers.values(),
        snakemake.input.get("nets", []),
        snakemake.input.get("svms", []),
        strict=True,
    )
    files = dict(zip(snakemake.params.recognisers, triples, strict=True))
    answered = dict(zip(snakemake.params.answers, snakemake.input.answered, strict=True))
    strategies = {}
    for name, strategy in job.provenance.definition["strategies"].items():
        against = strategy.get("against", [])
        if name in answered:
            strategy = answering(strategy, read_mixture(Path(answered[name]), "recogniser"))
            against = recognisers_of(strategy["mixture"])
        if snakemake.params.sources[name]:
            strategy = {**strategy, "source": snakemake.params.sources[name]}
        load = partial(load_sharing, [files[recogniser] for recogniser in against], device)
        strategies[name] = Drawable(strategy, load)
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
        mixture = read_mixture(Path(snakemake.input.mixtures), "user")
        if said := nothing_to_learn(mixture, job.provenance.definition["strategies"]):
            job.say(said)
        purpose = snakemake.params.purpose
        write_drawn(
            Path(snakemake.output.perturbation),
            heads,
            positions,
            draw(mixture, job.provenance.seed, purpose, heads.id[positions].tolist()),
            strategies,
            job.provenance,
            job.progress(len(positions), "heads"),
            snakemake.threads,
        )
    write_perturbation_card(
        Path(snakemake.output.card), Path(snakemake.output.perturbation), job.provenance
    )
