"""LIBLINEAR's text files of linear SVMs (Fan et al. 2008)."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from aip.errors import BadInput
from aip.recognise.svm import Svm
from aip.store.files import check_plain

# Those of LIBLINEAR's solvers that give an SVM to classify with.
SOLVERS = (
    "L2R_L2LOSS_SVC_DUAL",
    "L2R_L2LOSS_SVC",
    "L2R_L1LOSS_SVC_DUAL",
    "MCSVM_CS",
    "L1R_L2LOSS_SVC",
)
KEYS = ("solver_type", "nr_class", "label", "nr_feature", "bias")
LARGEST = 2 * 2**30  # bytes of a model
LONGEST = 2**22  # characters of a line
SHORTEST = 2  # characters of a weight and what separates it from the next
INTEGERS = 2**31  # LIBLINEAR's are smaller


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

    For two classes, most solvers keep one row, which scores the first; its negative scores the
    other.

    Raises
    ------
    BadInput
        The file is missing, is no model of an SVM, or lacks or exceeds what its header says; the
        message names the line.
    """
    try:
        check_plain(path, LARGEST, "a model of LIBLINEAR")
        with path.open(encoding="ascii") as file:
            return _read(path, file)
    except FileNotFoundError:
        raise BadInput(f"{path}: the SVM is missing") from None
    except UnicodeDecodeError:
        raise BadInput(f"{path}: not a text file of LIBLINEAR") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from error


def _read(path: Path, file: TextIO) -> LinearModel:
    lines = _lines(path, file)
    header = _header(path, lines)
    solver = header["solver_type"][1]
    if solver not in SOLVERS:
        raise _wrong(path, header, "solver_type", f"one of {', '.join(SOLVERS)}")
    classes = _integer(path, header, "nr_class", at_least=2)
    dimension = _integer(path, header, "nr_feature", at_least=1)
    labels = _labels(path, header, classes)
    constant = _constant(path, header)
    columns = 1 if classes == 2 and solver != "MCSVM_CS" else classes
    height = dimension + (constant >= 0)
    if height * columns * SHORTEST > path.stat().st_size:
        raise BadInput(
            f"{path}: cut short: it is too small for the {height} lines of {columns} weights that "
            "its header promises"
        )
    rows = np.empty((height, columns))
    _fill(path, lines, rows)
    with np.errstate(over="ignore"):
        bias = rows[-1] * constant if constant >= 0 else np.zeros(columns)
    weight = rows[:dimension].T
    if max(np.abs(weight).max(), np.abs(bias).max()) > np.finfo(np.float32).max:
        raise BadInput(f"{path}: found a weight or a bias that float32 cannot hold")
    if columns < classes:
        weight, bias = np.concatenate([weight, -weight]), np.concatenate([bias, -bias])
    return LinearModel(path, labels, weight.astype(np.float32), bias.astype(np.float32))


def widen(model: LinearModel, features: NDArray[np.float32]) -> LinearModel:
    """Add weights of 0 to a model for trailing features that were always 0 in its training.

    LIBLINEAR's input holds only the features that are not 0, so its models end at the last of
    these.

    Parameters
    ----------
    model : LinearModel
    features : (n, d) float32 array
        The features of the heads that taught it. If they are not 0 beyond the model's features, it
        was taught other features, and stays as it is.
    """
    known = model.weight.shape[1]
    if features[:, known:].any():
        return model
    unseen = max(features.shape[1] - known, 0)
    return replace(model, weight=np.pad(model.weight, ((0, 0), (0, unseen))))


def to_svm(
    model: LinearModel, names: Mapping[int, str], identities: Collection[str], dimension: int
) -> Svm:
    """Assign identities to a model's scores.

    Parameters
    ----------
    model : LinearModel
    names : mapping
        The identity of each label.
    identities : collection of str
        The identities that it must score, all of them and no others.
    dimension : int
        How many features the net gives.

    Returns
    -------
    Svm
        Its rows are in the order of the identities' names. A model does not say whether LIBLINEAR
        converged.

    Raises
    ------
    BadInput
        The model has other features, other labels or other identities.
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


def _lines(path: Path, file: TextIO) -> Iterator[tuple[int, str]]:
    """Yield the numbered lines of a file, which may have no end of a line for gigabytes."""
    for number in count(1):
        line = file.readline(LONGEST)
        if not line:
            return
        if len(line) == LONGEST:
            raise BadInput(f"{path}, line {number}: found more than {LONGEST:,} characters")
        yield number, line


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
    if not re.fullmatch(r"[0-9]{1,10}", value) or not at_least <= int(value) < INTEGERS:
        raise _wrong(
            path, header, key, f"a whole number of at least {at_least} and below {INTEGERS}"
        )
    return int(value)


def _labels(path: Path, header: _Header, classes: int) -> NDArray[np.int64]:
    words = header["label"][1].split()
    if not all(re.fullmatch(r"[+-]?[0-9]{1,10}", word) for word in words):
        raise _wrong(path, header, "label", "whole numbers")
    labels = [int(word) for word in words]
    if not all(-INTEGERS <= label < INTEGERS for label in labels):
        raise _wrong(path, header, "label", f"whole numbers below {INTEGERS}")
    if len(set(labels)) != classes or len(labels) != classes:
        raise _wrong(path, header, "label", f"{classes} whole numbers that differ")
    return np.array(labels, np.int64)


def _constant(path: Path, header: _Header) -> float:
    try:
        constant = _number(header["bias"][1])
    except ValueError:
        constant = np.nan
    if not np.isfinite(constant):
        raise _wrong(path, header, "bias", "a number")
    return constant


def _number(word: str) -> float:
    """Read a number as C does, to which Python's 1_0 is none."""
    if "_" in word:
        raise ValueError(f"{word!r} is not a number")
    return float(word)


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
            rows[filled] = [_number(word) for word in words]
        except ValueError:
            raise BadInput(f"{path}, line {number}: found what is not a number") from None
        if not np.isfinite(rows[filled]).all():
            raise BadInput(f"{path}, line {number}: found a weight that is not finite")
        filled += 1
    if filled < len(rows):
        raise BadInput(f"{path}: cut short: found {filled} lines of weights, expected {len(rows)}")
