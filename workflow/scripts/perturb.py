"""Perturb one shard of heads with one user strategy."""

from dataclasses import replace
from pathlib import Path

from aip.album.heads import chosen, open_heads
from aip.compute.computing import computing
from aip.game.mixture import read_mixture
from aip.perturb.artifact import write_perturbation_card, write_perturbations
from aip.perturb.mixture import mixture_of, recognisers_of
from aip.perturb.visible import nothing_changed
from aip.recognise.recogniser import Recogniser
from aip.recognise.sharing import load_sharing
from aip.run.alone import given
from aip.run.gpu import granted
from aip.run.job import running

snakemake = given(globals())
with (
    running(snakemake) as job,
    computing(granted(snakemake), 1, snakemake.params.against) as device,
):
    files = list(
        zip(snakemake.params.against, snakemake.input.nets, snakemake.input.svms, strict=True)
    )
    strategy = job.provenance.definition
    provenance = job.provenance
    if "columns" in strategy:
        played = read_mixture(Path(snakemake.input.mixtures), "recogniser")
        mixture = mixture_of(strategy["columns"], played)
        provenance = replace(provenance, definition={**strategy, "mixture": mixture})
        chosen_files = [files[strategy["against"].index(name)] for name in recognisers_of(mixture)]
        against = load_sharing(chosen_files, device)
    else:
        against = [
            Recogniser.load(definition, Path(net), Path(svm), device)
            for definition, net, svm in files
        ]
    with open_heads(Path(snakemake.input.heads)) as heads:
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
            against,
            provenance,
            job.progress(len(positions), "heads"),
            snakemake.threads,
        )
    if said := nothing_changed(Path(snakemake.output.perturbation), job.provenance.definition):
        job.say(said)
    write_perturbation_card(
        Path(snakemake.output.card), Path(snakemake.output.perturbation), job.provenance
    )
