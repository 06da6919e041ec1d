"""The recogniser's card: how well it recognises, how large it is, how long it took."""

import csv
import time
from pathlib import Path

import torch

from aip.recognise.classifier import Classifier, rate
from aip.recognise.features import read_features
from aip.recognise.svm import Svm, fit
from aip.store.hdf5 import reading
from aip.store.provenance import Provenance, write_json
from aip.store.state import read_state


def write_recogniser_card(
    path: Path,
    classifier: Classifier,
    features: Path,
    enrolled_split: int,
    net: Path,
    curve: Path,
    provenance: Provenance,
) -> None:
    """Write a recogniser's card as JSON.

    ``recognition_rate`` is the rate on the split that did not teach the classifier: unattacked, at
    native size and unprocessed. ``pixel_rate`` is the rate of a linear SVM on 16×16 pixels, without
    a net, and ``chance`` that of guessing. Times are in seconds.

    Parameters
    ----------
    path : Path
        The file to write.
    classifier : Classifier
        The recogniser's.
    features, net, curve : Path
        The artifacts that it comes from.
    enrolled_split : int
        0 or 1, the split that taught the classifier.
    provenance : Provenance
        The classifier's.
    """
    scored = 1 - enrolled_split
    values, identity, _ = read_features(features, split=scored, clean=True)
    pixels, _, _ = read_features(features, "pixels", split=scored, clean=True)
    definition = provenance.definition
    clean = False if definition.get("enrols") == "published" else None
    enrolled, taught, _ = read_features(features, "pixels", split=enrolled_split, clean=clean)
    pixel_svm = fit(enrolled, taught, provenance.seed)
    with reading(features) as file:
        feature_seconds = float(file.attrs["seconds"])
        precision, device = file.attrs["precision"], file.attrs["device"]
    state = read_state(net)
    with curve.open(newline="", encoding="utf-8") as file:
        epochs = list(csv.DictReader(file))
    card = {
        "recognition_rate": rate(classifier, values, identity),
        "pixel_rate": rate(pixel_svm, pixels, identity),
        "chance": 1 / len(classifier.identities),
        "identities": len(classifier.identities),
        "enrolled_split": enrolled_split,
        "enrolled_heads": len(enrolled),
        "scored_heads": len(values),
        "arch": definition["arch"],
        "input_size": definition["input_size"],
        "feature_dimension": values.shape[1],
        "parameters": sum(t.numel() for t in state.values() if t.dtype != torch.uint8),
        "knows": definition.get("knows", []),
        "precision": precision,
        "device": device,
        "classifier": definition.get("classifier", "svm"),
        "svm_converged": classifier.converged if isinstance(classifier, Svm) else None,
        "epochs": len(epochs),
        "validation_accuracy": float(epochs[-1]["validation_accuracy"]) if epochs else None,
        "seconds": {
            "train": float(epochs[-1]["seconds"]) if epochs else 0.0,
            "features": feature_seconds,
            "svm": time.monotonic() - provenance.started,
        },
    }
    write_json(path, provenance, **card)
