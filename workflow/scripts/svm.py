"""Teach a recogniser's classifier the enrolled heads, and say how well it recognises."""

from pathlib import Path

import numpy as np

from aip.recognise.card import write_recogniser_card
from aip.recognise.classifier import teach, write_classifier
from aip.recognise.features import read_features
from aip.run.alone import given
from aip.run.job import running

snakemake = given(globals())
with running(snakemake) as job:
    definition = job.provenance.definition
    features, identity, _ = read_features(
        Path(snakemake.input.features),
        split=snakemake.params.enrolled,
        clean=False if definition.get("enrols") == "published" else None,
        dtype=np.float64,
    )
    kind = definition.get("classifier", "svm")
    classifier = teach(kind, features, identity, job.provenance.seed)
    del features
    write_classifier(Path(snakemake.output.svm), classifier, job.provenance)
    write_recogniser_card(
        Path(snakemake.output.card),
        classifier,
        Path(snakemake.input.features),
        snakemake.params.enrolled,
        Path(snakemake.input.net),
        Path(snakemake.input.curve),
        job.provenance,
    )
