"""The recognisers that the paper's authors released: Caffe's nets and LIBLINEAR's SVMs."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from aip.album.release import Release, ordered_identities
from aip.errors import BadInput
from aip.recognise.liblinear import read_liblinear, to_svm, widen
from aip.recognise.nets.building import build
from aip.recognise.svm import Svm


def released_net(definition: dict[str, Any], release: Release) -> nn.Module:
    """Build a net of the release.

    Parameters
    ----------
    definition : mapping
        The recogniser's ``arch``, and the path of its ``weights`` in the release.
    release : Release

    Returns
    -------
    Module
        The net of features, which subtracts the release's mean from its input.

    Raises
    ------
    BadInput
        The release does not have the weights, or they do not fit the net.
    """
    weights = _file(release, definition["weights"], "*.caffemodel")
    return build(definition["arch"], str(weights), str(release.mean))


def released_svm(name: str, release: Release, split: str, enrolled: NDArray[np.float32]) -> Svm:
    """Return an SVM of the release.

    Parameters
    ----------
    name : str
        Its path in the release.
    release : Release
    split : str
        Whose identities its labels number, such as ``val_original``.
    enrolled : (n, d) float32 array
        The features of the heads that taught it.

    Raises
    ------
    BadInput
        The release does not have it, or it is not a linear SVM of these identities.
    """
    names = ordered_identities(release.ordered_ids(split))
    model = read_liblinear(_file(release, name, "model*"))
    return to_svm(widen(model, enrolled), names, names.values(), enrolled.shape[1])


def _file(release: Release, name: str, alike: str) -> Path:
    path = release.root / name
    if not path.is_file():
        found = sorted(str(p.relative_to(release.root)) for p in release.root.rglob(alike))
        raise BadInput(f"{path}: the release has no such file; it has {', '.join(found) or 'none'}")
    return path
