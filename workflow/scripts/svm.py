"""Fit a recogniser's SVM to the enrolled heads, and say how well it recognises."""

from pathlib import Path

from aip.job import running
from aip.recognise.card import write_card
from aip.recognise.features import read_features
from aip.recognise.svm import fit, write_svm

with running(snakemake) as job:
    features, identity, split = read_features(Path(snakemake.input.features))
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
