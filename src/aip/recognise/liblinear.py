"""LIBLINEAR's text files of linear SVMs (Fan et al. 2008)."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aip.errors import BadInput
from aip.recognise.svm import Svm

# Those of LIBLINEAR's solvers that give an SVM to classify with.
SOLVERS = (
    "L2R_L2LOSS_SVC_DUAL",
    "L2R_L2LOSS_SVC",
    "L2R_L1LOSS_SVC_DUAL",
    "MCSVM_CS",
    "L1R_L2LOSS_SVC",
)
KEYS = ("solver_type", "nr_class", "label", "nr_feature", "bias")


@dataclass(frozen=True)
class LinearModel:
    """An SVM as LIBLINEAR keeps it.

    Attributes
    ----------
    path : Path
        The file that it was read from.
    labels : (classes,) int64 array
        In the file's order, which is that of the rows below.
    weight : (classes, d) float32 array
    bias : (classes,) float32 array
        What is added to the scores: the file's last weight times its constant feature, or 0.
    """

    path: Path
    labels: NDArray[np.int64]
    weight: NDArray[np.float32]
    bias: NDArray[np.float32]


def read_liblinear(path: Path) -> LinearModel:
    """Read a model of `train` or `save_model`.

    Of two classes most solvers keep one row, which scores the first; the other's is its negative.

    Raises
    ------
    BadInput
        The file is missing, is no model of an SVM, or lacks or exceeds what its header says; the
        message names the line.
    """
    try:
        lines = enumerate(path.read_text(encoding="ascii").splitlines(), start=1)
    except FileNotFoundError:
        raise BadInput(f"{path}: the SVM is missing") from None
    except UnicodeDecodeError:
        raise BadInput(f"{path}: not a text file of LIBLINEAR") from None
    header = _header(path, lines)
    solver = header["solver_type"][1]
    if solver not in SOLVERS:
        raise _wrong(path, header, "solver_type", f"one of {', '.join(SOLVERS)}")
    classes = _integer(path, header, "nr_class", at_least=2)
    dimension = _integer(path, header, "nr_feature", at_least=1)
    labels = _labels(path, header, classes)
    constant = _constant(path, header)
    columns = 1 if classes == 2 and solver != "MCSVM_CS" else classes
    rows = np.empty((dimension + (constant >= 0), columns))
    _fill(path, lines, rows)
    bias = rows[-1] * constant if constant >= 0 else np.zeros(columns)
    weight = rows[:dimension].T
    if columns < classes:
        weight, bias = np.concatenate([weight, -weight]), np.concatenate([bias, -bias])
    return LinearModel(path, labels, weight.astype(np.float32), bias.astype(np.float32))


def widen(model: LinearModel, features: NDArray[np.float32]) -> LinearModel:
    """Give a model weights of 0 for last features that it never saw other than 0.

    LIBLINEAR is given only the features that are not 0, so that it counts them to the last such.

    Parameters
    ----------
    model : LinearModel
    features : (n, d) float32 array
        Of the heads that taught it. Where they are not 0 beyond the model's features, it was taught
        others, and stays as it is.
    """
    known = model.weight.shape[1]
    if features[:, known:].any():
        return model
    unseen = max(features.shape[1] - known, 0)
    return replace(model, weight=np.pad(model.weight, ((0, 0), (0, unseen))))


def to_svm(
    model: LinearModel, names: Mapping[int, str], identities: Collection[str], dimension: int
) -> Svm:
    """Say whom a model's scores are of.

    Parameters
    ----------
    model : LinearModel
    names : mapping
        The identity of each label.
    identities : collection of str
        All of those that it must know, and no others.
    dimension : int
        How many features the net gives.

    Returns
    -------
    Svm
        Its rows in the order of the identities' names. Whether LIBLINEAR converged, a model does
        not say.

    Raises
    ------
    BadInput
        The model is of other features, other labels or other identities.
    """
    path, found = model.path, model.weight.shape[1]
    if found != dimension:
        raise BadInput(f"{path}: nr_feature: found {found}, but the net gives {dimension} features")
    if len(model.labels) != len(identities):
        raise BadInput(
            f"{path}: nr_class: found {len(model.labels)} labels, expected one for each of "
            f"{len(identities)} identities"
        )
    known = set(identities)
    for label in model.labels.tolist():
        if names.get(label) not in known:
            raise BadInput(f"{path}: label {label} is that of no identity to be recognised")
    named = np.array([names[label] for label in model.labels.tolist()])
    order = np.argsort(named)
    if (named[order][1:] == named[order][:-1]).any():
        raise BadInput(f"{path}: two labels are of one identity")
    return Svm(model.weight[order], model.bias[order], named[order], converged=None)


# Key → the line that it is on, and the text after it.
_Header = Mapping[str, tuple[int, str]]


def _header(path: Path, lines: Iterator[tuple[int, str]]) -> _Header:
    """Read to the line ``w``, after which the weights follow."""
    header: dict[str, tuple[int, str]] = {}
    for number, line in lines:
        key, _, value = line.strip().partition(" ")
        if key == "w" and not value:
            break
        if key not in KEYS or key in header:
            raise BadInput(f"{path}, line {number}: found {key!r}, expected a model of LIBLINEAR")
        header[key] = number, value.strip()
    for key in KEYS:
        if key not in header:
            raise BadInput(f"{path}: not a model of LIBLINEAR to classify with; it has no {key}")
    return header


def _integer(path: Path, header: _Header, key: str, at_least: int) -> int:
    value = header[key][1]
    if not value.isdigit() or int(value) < at_least:
        raise _wrong(path, header, key, f"a whole number of at least {at_least}")
    return int(value)


def _labels(path: Path, header: _Header, classes: int) -> NDArray[np.int64]:
    try:
        labels = [int(text) for text in header["label"][1].split()]
    except ValueError:
        raise _wrong(path, header, "label", "whole numbers") from None
    if len(set(labels)) != classes or len(labels) != classes:
        raise _wrong(path, header, "label", f"{classes} whole numbers that differ")
    return np.array(labels, np.int64)


def _constant(path: Path, header: _Header) -> float:
    try:
        constant = float(header["bias"][1])
    except ValueError:
        constant = np.nan
    if not np.isfinite(constant):
        raise _wrong(path, header, "bias", "a number")
    return constant


def _wrong(path: Path, header: _Header, key: str, expected: str) -> BadInput:
    number, value = header[key]
    return BadInput(f"{path}, line {number}: {key}: found {value!r}, expected {expected}")


def _fill(path: Path, lines: Iterator[tuple[int, str]], rows: NDArray[np.float64]) -> None:
    """Read the weights, one line per feature, one column per class."""
    filled = 0
    for number, line in lines:
        words = line.split()
        if filled == len(rows):
            if words:
                raise BadInput(
                    f"{path}, line {number}: found more than {len(rows)} lines of weights"
                )
            continue
        if len(words) != rows.shape[1]:
            raise BadInput(
                f"{path}, line {number}: found {len(words)} weights, expected {rows.shape[1]}"
            )
        try:
            rows[filled] = [float(word) for word in words]
        except ValueError:
            raise BadInput(f"{path}, line {number}: found what is not a number") from None
        if not np.isfinite(rows[filled]).all():
            raise BadInput(f"{path}, line {number}: found a weight that is not finite")
        filled += 1
    if filled < len(rows):
        raise BadInput(f"{path}: cut short: found {filled} lines of weights, expected {len(rows)}")
