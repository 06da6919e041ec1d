"""Score one user strategy's published heads with one recogniser strategy."""

from pathlib import Path

from aip.album.heads import open_heads
from aip.compute.computing import computing
from aip.recognise.cell import write_cell
from aip.recognise.finding import load_finding
from aip.recognise.recogniser import Recogniser
from aip.run.alone import given
from aip.run.gpu import granted
from aip.run.job import running

snakemake = given(globals())
definition = snakemake.params.recogniser
with (
    running(snakemake) as job,
    computing(granted(snakemake), snakemake.threads, [definition]) as device,
):
    recognisers = [
        Recogniser.load(definition, Path(snakemake.input.nets[0]), Path(svm), device)
        for svm in snakemake.input.svms
    ]
    finding = load_finding(snakemake.params.detector, job.provenance.definition, device)
    with open_heads(Path(snakemake.input.heads)) as heads:
        write_cell(
            Path(snakemake.output[0]),
            [Path(shard) for shard in snakemake.input.perturbations],
            heads,
            [recognisers[svm] for svm in snakemake.params.svm],
            job.provenance.definition["process"],
            job.provenance,
            job.progress(snakemake.params.heads, "heads"),
            finding,
            clean=job.provenance.definition.get("probe") == "clean",
        )
