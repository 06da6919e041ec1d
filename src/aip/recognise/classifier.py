"""What tells people apart by a net's features: a linear SVM, or a gallery compared by cosine."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from aip.recognise.gallery import Gallery, enrol_each, enrol_means
from aip.recognise.recogniser import Rows
from aip.recognise.svm import Svm, fit, write_svm
from aip.store.hdf5 import write_column, writing
from aip.store.provenance import Provenance

Classifier = Svm | Gallery

CLASSIFIERS = ("svm", "cosine", "centroid")


def teach(
    kind: str, features: NDArray[np.floating[Any]], identity: NDArray[np.str_], seed: int
) -> Classifier:
    """Teach a classifier the features of enrolled heads.

    Parameters
    ----------
    kind : str
        ``svm``; ``cosine``, a gallery of all heads; or ``centroid``, one of each person's mean.
    features : (n, d) array
    identity : (n,) text array
    seed : int
        As for `aip.recognise.svm.fit`.

    Raises
    ------
    BadInput
        An embedding has no direction, as `aip.recognise.gallery.enrol_each` says.
    """
    if kind == "svm":
        return fit(features, identity, seed)
    return (enrol_each if kind == "cosine" else enrol_means)(features, identity)


def rate(
    classifier: Classifier, features: NDArray[np.float32], identity: NDArray[np.str_]
) -> float:
    """Return the share of heads whose highest score is their own identity's."""
    named = classifier.identities[classifier.scores(features).argmax(axis=1)]
    return float((named == identity).mean())


def rows(classifier: Classifier) -> Rows:
    """Return a classifier as a `Recogniser` has it."""
    if isinstance(classifier, Svm):
        weight, bias = torch.from_numpy(classifier.weight), torch.from_numpy(classifier.bias)
        return Rows(weight, bias, classifier.identities, None)
    weight, owners = torch.from_numpy(classifier.entries), torch.from_numpy(classifier.owners)
    return Rows(weight, torch.zeros(len(weight)), classifier.identities, owners)


def write_classifier(path: Path, classifier: Classifier, provenance: Provenance) -> None:
    """Write a classifier: an SVM as `write_svm` does; a gallery as ``entries`` and ``owners``."""
    if isinstance(classifier, Svm):
        write_svm(path, classifier, provenance)
        return
    with writing(path, provenance) as file:
        for name in ("entries", "owners", "identities"):
            write_column(file, name, getattr(classifier, name))
