"""The Wilson interval of a recognition rate."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

CONFIDENCE = 0.95


def wilson(recognised: Iterable[int], heads: int) -> NDArray[np.float64]:
    """Return the 95 % Wilson score intervals of rates (Wilson 1927, without correction).

    Parameters
    ----------
    recognised : iterable of int
        How many heads were recognised, once per rate; 0–heads.
    heads : int
        Out of how many; at least 1.

    Returns
    -------
    (rates, 2) float64 array
        The lower and the upper end as fractions, 0–1.

    Examples
    --------
    >>> wilson([0, 5], 10).round(4).tolist()
    [[0.0, 0.2775], [0.2366, 0.7634]]
    """
    intervals = (
        binomtest(int(count), heads).proportion_ci(CONFIDENCE, method="wilson")
        for count in recognised
    )
    return np.array([(found.low, found.high) for found in intervals], dtype=np.float64)
