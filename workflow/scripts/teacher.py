"""Fit an SVM to the train identities, by a recogniser's features, so that they can be perturbed."""

from pathlib import Path

from aip.job import running
from aip.recognise.features import read_features
from aip.recognise.svm import fit, write_svm

with running(snakemake) as job:
    features, identity, _ = read_features(Path(snakemake.input.features))
    svm = fit(features, identity, job.provenance.seed)
    write_svm(Path(snakemake.output[0]), svm, job.provenance)
