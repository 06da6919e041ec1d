"""Fit an SVM to a recogniser's features of the train identities, so that they can be perturbed."""

from pathlib import Path

import numpy as np

from aip.recognise.features import read_features
from aip.recognise.svm import fit, write_svm
from aip.run.alone import given
from aip.run.job import running

snakemake = given(globals())
with running(snakemake) as job:
    features, identity, _ = read_features(Path(snakemake.input.features), dtype=np.float64)
    svm = fit(features, identity, job.provenance.seed)
    write_svm(Path(snakemake.output[0]), svm, job.provenance)
