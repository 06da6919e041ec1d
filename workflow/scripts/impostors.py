"""Score clean heads of people who are not enrolled with one recogniser strategy."""

from pathlib import Path

from aip.album.heads import attacked, open_heads
from aip.compute.computing import computing
from aip.recognise.finding import load_finding
from aip.recognise.impostors import write_impostors
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
        # In the order of attacked heads, any first part is spread evenly over people.
        positions = attacked(heads, "train", -1, job.provenance.seed)[: snakemake.params.heads]
        write_impostors(
            Path(snakemake.output[0]),
            heads,
            positions,
            recognisers,
            snakemake.params.splits,
            job.provenance.definition["process"],
            job.provenance,
            job.progress(len(positions) * len(recognisers), "heads"),
            finding,
        )
