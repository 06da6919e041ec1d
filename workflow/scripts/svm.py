"""Fit a recogniser's SVM, or take the authors', and say how well it recognises."""

from pathlib import Path

from aip.album.release import read_card
from aip.job import running
from aip.recognise.authors import released_svm
from aip.recognise.card import write_card
from aip.recognise.features import read_features
from aip.recognise.svm import fit, write_svm

with running(snakemake) as job:
    features, identity, split = read_features(Path(snakemake.input.features))
    if "svm" in job.provenance.definition:
        release = read_card(Path(snakemake.input.release))
        svm = released_svm(
            job.provenance.definition["svm"],
            release,
            snakemake.params.split,
            features.shape[1],
        )
    else:
        enrolled = split == snakemake.params.enrolled
        svm = fit(features[enrolled], identity[enrolled], job.provenance.seed)
    write_svm(Path(snakemake.output.svm), svm, job.provenance)
    write_card(
        Path(snakemake.output.card),
        svm,
        Path(snakemake.input.features),
        snakemake.params.enrolled,
        Path(snakemake.input.net),
        Path(snakemake.input.curve),
        job.provenance,
    )
