"""Teach a classifier a recogniser's features of the train people, so that they can be perturbed."""

from pathlib import Path

import numpy as np

from aip.recognise.classifier import teach, write_classifier
from aip.recognise.features import read_features
from aip.run.alone import given
from aip.run.job import running

snakemake = given(globals())
with running(snakemake) as job:
    features, identity, _ = read_features(Path(snakemake.input.features), dtype=np.float64)
    kind = job.provenance.definition.get("classifier", "svm")
    classifier = teach(kind, features, identity, job.provenance.seed)
    write_classifier(Path(snakemake.output[0]), classifier, job.provenance)
