"""Fit a recogniser's SVM to the enrolled heads, and say how well it recognises."""

from pathlib import Path

import numpy as np

from aip.recognise.card import write_recogniser_card
from aip.recognise.features import read_features
from aip.recognise.svm import fit, write_svm
from aip.run.alone import given
from aip.run.job import running

snakemake = given(globals())
with running(snakemake) as job:
    features, identity, _ = read_features(
        Path(snakemake.input.features), split=snakemake.params.enrolled, dtype=np.float64
    )
    svm = fit(features, identity, job.provenance.seed)
    del features
    write_svm(Path(snakemake.output.svm), svm, job.provenance)
    write_recogniser_card(
        Path(snakemake.output.card),
        svm,
        Path(snakemake.input.features),
        snakemake.params.enrolled,
        Path(snakemake.input.net),
        Path(snakemake.input.curve),
        job.provenance,
    )
