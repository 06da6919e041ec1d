"""An interval of a game's value or of another rate."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aip.game.wilson import CONFIDENCE


@dataclass(frozen=True)
class Interval:
    """Where a rate lies, judging by resampled people and heads.

    Attributes
    ----------
    low, high : float
        Fractions.
    confidence : float
        The probability with which such an interval is meant to contain the rate.
    resamples : int
        The number of resampled games that it comes from.
    """

    low: float
    high: float
    confidence: float
    resamples: int


def percentile(values: NDArray[np.float64]) -> Interval:
    """Return the 95 % percentile interval of resampled values (Efron 1979).

    Parameters
    ----------
    values : (resamples,) float64 array
        Fractions.

    Examples
    --------
    >>> found = percentile(np.linspace(0, 1, 41))
    >>> round(found.low, 9), round(found.high, 9), found.resamples
    (0.025, 0.975, 41)
    """
    low, high = np.quantile(values, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Interval(float(low), float(high), CONFIDENCE, len(values))


def percent(fraction: float | None) -> str:
    """Return a rate in percent, as files of rounds and points have it; empty if there is none."""
    return "" if fraction is None else f"{fraction * 100:.4f}"
