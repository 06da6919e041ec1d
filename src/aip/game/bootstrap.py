"""How sure the value of a game is: a bootstrap over its heads."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from aip.compute.draws import generator
from aip.game.equilibrium import Interval
from aip.game.linear_program import linear_program
from aip.game.wilson import CONFIDENCE

RESAMPLES = 1000
HELD = 128  # resamples, and cells, in memory at once


def interval(recognised: NDArray[np.bool_], seed: int) -> Interval:
    """Return the 95 % percentile interval of a game's value (Efron 1979), by 1,000 resamples.

    It says how much the value depends on which heads were attacked; the recognisers and the draws
    for each head are held fixed.

    Parameters
    ----------
    recognised : (rows, columns, n) bool array
        Whether each head was recognised, for every pair of strategies.
    seed : int
        The study's seed.
    """
    ends = (1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2
    low, high = np.quantile(values(recognised, seed, RESAMPLES), ends)
    return Interval(float(low), float(high), CONFIDENCE, RESAMPLES)


def values(recognised: NDArray[np.bool_], seed: int, resamples: int) -> NDArray[np.float64]:
    """Return the value of each resampled game, as fractions.

    A resample draws n of the n heads with replacement, the same ones in all cells: strategies
    meet the same heads, so that their rates vary together.

    Parameters
    ----------
    recognised : (rows, columns, n) bool array
    seed : int
        With the resample's number it keys the draw.
    resamples : int

    Returns
    -------
    (resamples,) float64 array

    Raises
    ------
    SolverError
        A resampled game could not be solved.
    """
    rows, columns, n = recognised.shape
    cells = recognised.reshape(rows * columns, n)
    rates = np.empty((resamples, len(cells)))
    # Sums of whole numbers are exact, in whatever order they are added.
    for some in _parts(resamples):
        counts = np.stack([_counts(seed, number, n) for number in range(resamples)[some]])
        for others in _parts(len(cells)):
            rates[some, others] = counts @ cells[others].astype(np.float64).T / n
    games = rates.reshape(resamples, rows, columns)
    return np.array([linear_program(game).value for game in games])


def _counts(seed: int, resample: int, n: int) -> NDArray[np.float64]:
    """Draw how often each head is in a resample: multinomial counts, (n,)."""
    drawn = generator(seed, "bootstrap", resample).integers(n, size=n)
    return np.bincount(drawn, minlength=n).astype(np.float64)


def _parts(length: int) -> Iterator[slice]:
    """Divide `length` rows, each with an entry per head, into parts that fit in memory."""
    return (slice(start, start + HELD) for start in range(0, length, HELD))
