"""Galleries: enrolled embeddings, to which a head's embedding is compared by cosine.

Nets of faces are taught embeddings whose angles tell people apart, and those who use them compare
by cosine, to each enrolled head or to a person's mean (Deng et al. 2019).

J. Deng, J. Guo, N. Xue and S. Zafeiriou, "ArcFace: Additive angular margin loss for deep face
recognition", CVPR 2019.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aip.errors import BadInput


@dataclass(frozen=True)
class Gallery:
    """Enrolled embeddings.

    Attributes
    ----------
    entries : (entries, d) float32 array
        Of unit length, those of one identity together.
    owners : (entries,) int64 array
        Whose each is, as a position in `identities`; in ascending order, each at least once.
    identities : (identities,) text array
        In alphabetical order.
    """

    entries: NDArray[np.float32]
    owners: NDArray[np.int64]
    identities: NDArray[np.str_]

    def scores(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return for (n, d) features each identity's highest cosine, (n, identities)."""
        cosines = _unit(features).astype(np.float32) @ self.entries.T
        first = np.searchsorted(self.owners, np.arange(len(self.identities)))
        found: NDArray[np.float32] = np.maximum.reduceat(cosines, first, axis=1)
        return found


def enrol_each(features: NDArray[np.floating[Any]], identity: NDArray[np.str_]) -> Gallery:
    """Return the gallery of all enrolled heads: each is an entry.

    Parameters
    ----------
    features : (n, d) array
        The embeddings of the heads, of any length.
    identity : (n,) text array

    Raises
    ------
    BadInput
        An embedding is not finite, or has no direction.
    """
    identities, owners = np.unique(identity, return_inverse=True)
    order = np.argsort(owners, kind="stable")
    entries = _unit(_checked(features, identity))[order].astype(np.float32)
    return Gallery(entries, owners[order].astype(np.int64), identities)


def enrol_means(features: NDArray[np.floating[Any]], identity: NDArray[np.str_]) -> Gallery:
    """Return the gallery of one entry per identity: the mean of its heads' unit embeddings.

    Parameters and errors as in `enrol_each`.
    """
    identities, owners = np.unique(identity, return_inverse=True)
    units = _unit(_checked(features, identity))
    means = np.stack([units[owners == owner].mean(axis=0) for owner in range(len(identities))])
    return Gallery(_unit(means).astype(np.float32), np.arange(len(identities)), identities)


def _checked(
    features: NDArray[np.floating[Any]], identity: NDArray[np.str_]
) -> NDArray[np.floating[Any]]:
    """Return features, each of which must have a direction."""
    lengths = np.linalg.norm(features, axis=1)
    wrong = np.flatnonzero(~np.isfinite(lengths) | (lengths == 0))
    if len(wrong):
        raise BadInput(
            f"found an embedding of length {lengths[wrong[0]]:g} of {identity[wrong[0]]}, expected "
            "one that is finite and not 0"
        )
    return features


def _unit(features: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Return vectors scaled to unit length, in float64; one of length 0 stays as it is."""
    exact = features.astype(np.float64)
    lengths = np.linalg.norm(exact, axis=1, keepdims=True)
    scaled: NDArray[np.float64] = exact / np.where(lengths == 0, 1, lengths)
    return scaled
