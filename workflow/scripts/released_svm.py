"""Take a recogniser's SVM from the authors' release, and say how well it recognises."""

from pathlib import Path

from aip.album.release import read_release_card
from aip.recognise.authors import released_svm
from aip.recognise.card import write_recogniser_card
from aip.recognise.features import read_features
from aip.recognise.svm import write_svm
from aip.run.alone import given
from aip.run.job import running

snakemake = given(globals())
with running(snakemake) as job:
    features, _, _ = read_features(Path(snakemake.input.features), split=0)
    svm = released_svm(
        job.provenance.definition["svm"],
        read_release_card(Path(snakemake.input.release)),
        snakemake.params.split,
        features,
    )
    write_svm(Path(snakemake.output.svm), svm, job.provenance)
    write_recogniser_card(
        Path(snakemake.output.card),
        svm,
        Path(snakemake.input.features),
        0,
        Path(snakemake.input.net),
        Path(snakemake.input.curve),
        job.provenance,
    )
