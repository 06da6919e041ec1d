"""The recognisers that the paper's authors released: Caffe's nets and LIBLINEAR's SVMs."""

from pathlib import Path
from typing import Any

from aip.album.release import Release, ordered_identities
from aip.errors import BadInput
from aip.recognise.liblinear import read_liblinear, to_svm
from aip.recognise.svm import Svm


def located(definition: dict[str, Any], release: Release) -> dict[str, Any]:
    """Return a recogniser's definition with the release's files for its weights and its mean.

    Raises
    ------
    BadInput
        The release does not have the weights.
    """
    weights = _file(release, definition["weights"], "*.caffemodel")
    return {**definition, "weights": str(weights), "mean": str(release.mean)}


def released_svm(name: str, release: Release, split: str, dimension: int) -> Svm:
    """Return an SVM of the release.

    Parameters
    ----------
    name : str
        Its path in the release.
    release : Release
    split : str
        Whose identities its labels number, such as ``val_original``.
    dimension : int
        How many features the net gives.

    Raises
    ------
    BadInput
        The release does not have it, or it is not a linear SVM of these identities.
    """
    names = ordered_identities(release.ordered_ids(split))
    model = read_liblinear(_file(release, name, "model*"))
    return to_svm(model, names, names.values(), dimension)


def _file(release: Release, name: str, alike: str) -> Path:
    path = release.root / name
    if not path.is_file():
        found = sorted(str(p.relative_to(release.root)) for p in release.root.rglob(alike))
        raise BadInput(f"{path}: the release has no such file; it has {', '.join(found) or 'none'}")
    return path
