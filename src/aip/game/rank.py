"""Recognition at a rank: whether the true identity is on a short list of the highest scores."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def is_within(
    scores: NDArray[np.floating[Any]], label: NDArray[np.int64], rank: int
) -> NDArray[np.bool_]:
    """Say whether each head's true identity is among its `rank` highest scores.

    It is the cumulative match characteristic of biometrics, head by head (Moon and Phillips 2001).
    Of equal scores, the one of the identity with the lower number comes first, so that exactly
    `rank` identities are on the list. At rank 1 the list has the identity that `argmax` finds.

    Parameters
    ----------
    scores : (n, identities) array
        Finite; or −∞ for a head that nobody looked at, which is within no rank.
    label : (n,) int64 array
        The number of each head's identity, from 0.
    rank : int
        From 1 to the number of identities.

    Returns
    -------
    (n,) bool array

    References
    ----------
    H. Moon and P. J. Phillips, "Computational and performance aspects of PCA-based face-recognition
    algorithms", Perception 30(3), 2001.

    Examples
    --------
    >>> is_within(np.array([[0.1, 0.7, 0.7]]), np.array([2]), 1).tolist()
    [False]
    >>> is_within(np.array([[0.1, 0.7, 0.7]]), np.array([2]), 2).tolist()
    [True]
    >>> is_within(np.array([[-np.inf, -np.inf]]), np.array([0]), 1).tolist()
    [False]
    """
    own = np.take_along_axis(scores, label[:, None], axis=1)
    before = np.arange(scores.shape[1]) < label[:, None]
    higher = (scores > own) | ((scores == own) & before)
    found: NDArray[np.bool_] = (higher.sum(axis=1) < rank) & np.isfinite(own[:, 0])
    return found
