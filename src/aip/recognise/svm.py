"""The linear SVM on a recogniser's features: LIBLINEAR, one versus rest, C = 1."""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import LinearSVC

from aip.store.hdf5 import write_column, writing
from aip.store.provenance import Provenance


@dataclass(frozen=True)
class Svm:
    """A fitted SVM.

    Attributes
    ----------
    weight : (identities, d) float32 array
    bias : (identities,) float32 array
    identities : (identities,) text array
    converged : bool or None
        Whether LIBLINEAR met its tolerance; None where that is not known.
    """

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    identities: NDArray[np.str_]
    converged: bool | None

    def scores(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the decision values of (n, d) features, (n, identities)."""
        found: NDArray[np.float32] = features @ self.weight.T + self.bias
        return found


def fit(features: NDArray[np.floating[Any]], identity: NDArray[np.str_], seed: int) -> Svm:
    """Fit an SVM to the features of enrolled heads (Oh et al. 2017, section 5.1).

    Parameters
    ----------
    features : (n, d) float32 or float64 array
        As the net gives them, not scaled. LIBLINEAR computes in float64 and copies any other type.
    identity : (n,) text array
        At least two different ones.
    seed : int
        Orders LIBLINEAR's coordinate descent.
    """
    machine = LinearSVC(C=1.0, random_state=seed, max_iter=10_000)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        machine.fit(features, identity)
    weight, bias = machine.coef_, machine.intercept_
    if len(machine.classes_) == 2:  # one hyperplane; its negative scores the first identity
        weight, bias = np.concatenate([-weight, weight]), np.concatenate([-bias, bias])
    return Svm(
        weight.astype(np.float32),
        bias.astype(np.float32),
        machine.classes_.astype(str),
        converged=not any(issubclass(w.category, ConvergenceWarning) for w in caught),
    )


def write_svm(path: Path, svm: Svm, provenance: Provenance) -> None:
    """Write an SVM: ``weight``, ``bias``, ``identities``; and ``converged``, where known."""
    with writing(path, provenance) as file:
        write_column(file, "weight", svm.weight)
        write_column(file, "bias", svm.bias)
        write_column(file, "identities", svm.identities)
        if svm.converged is not None:
            file.attrs["converged"] = svm.converged
