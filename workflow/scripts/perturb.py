"""Perturb one shard of heads with one user strategy."""

from pathlib import Path

from aip.album.heads import chosen, open_heads
from aip.compute.computing import computing
from aip.perturb.artifact import write_perturbation_card, write_perturbations
from aip.perturb.visible import nothing_changed
from aip.recognise.recogniser import Recogniser
from aip.run.alone import given
from aip.run.gpu import granted
from aip.run.job import running

snakemake = given(globals())
with (
    running(snakemake) as job,
    computing(granted(snakemake), 1, snakemake.params.against) as device,
):
    against = [
        Recogniser.load(definition, Path(net), Path(svm), device)
        for definition, net, svm in zip(
            snakemake.params.against, snakemake.input.nets, snakemake.input.svms, strict=True
        )
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
            job.provenance,
            job.progress(len(positions), "heads"),
            snakemake.threads,
        )
    if said := nothing_changed(Path(snakemake.output.perturbation), job.provenance.definition):
        job.say(said)
    write_perturbation_card(
        Path(snakemake.output.card), Path(snakemake.output.perturbation), job.provenance
    )
