"""Fit an SVM to the train identities, by a recogniser's features, so that they can be perturbed."""

from pathlib import Path

import numpy as np

from aip.job import running
from aip.recognise.features import read_features
from aip.recognise.svm import fit, write_svm

with running(snakemake) as job:
    features, identity, _ = read_features(Path(snakemake.input.features), dtype=np.float64)
    svm = fit(features, identity, job.provenance.seed)
    write_svm(Path(snakemake.output[0]), svm, job.provenance)
