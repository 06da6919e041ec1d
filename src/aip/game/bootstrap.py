"""How sure the value of a game is: a bootstrap over its heads."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from aip.draws import generator
from aip.game.equilibrium import Interval
from aip.game.wilson import CONFIDENCE

RESAMPLES = 1000
HELD = 128  # resamples, and cells, in memory at once


def interval(recognised: NDArray[np.bool_], seed: int) -> Interval:
    """Return the 95 % percentile interval of a game's value (Efron 1979), by 1,000 resamples.

    It says how far the value depends on which heads were attacked, given the recognisers and
    what was drawn for each head.

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
    """
    rows, columns, n = recognised.shape
    cells = recognised.reshape(rows * columns, n)
    rates = np.empty((resamples, len(cells)))
    # Sums of whole numbers, so exact whatever the order they are added in.
    for some in _parts(resamples):
        counts = np.stack([_counts(seed, number, n) for number in range(resamples)[some]])
        for others in _parts(len(cells)):
            rates[some, others] = counts @ cells[others].astype(np.float64).T / n
    return np.array([value(game) for game in rates.reshape(resamples, rows, columns)])


def _counts(seed: int, resample: int, n: int) -> NDArray[np.float64]:
    """Draw how often each head is in a resample: multinomial counts, (n,)."""
    drawn = generator(seed, "bootstrap", resample).integers(n, size=n)
    return np.bincount(drawn, minlength=n).astype(np.float64)


def _parts(length: int) -> Iterator[slice]:
    """Divide so many rows, each as long as there are heads, into what fits in memory."""
    return (slice(start, start + HELD) for start in range(0, length, HELD))


def value(rates: NDArray[np.float64]) -> float:
    """Return the value of a payoff table: the lowest rate that a user mixture guarantees.

    Parameters
    ----------
    rates : (rows, columns) float64 array
        As fractions.

    Examples
    --------
    >>> round(value(np.array([[0.2, 0.8], [0.6, 0.4]])), 9)
    0.5
    """
    rows, columns = rates.shape
    # Minimise v over mixtures x of the rows, where no column exceeds v.
    found = linprog(
        np.append(np.zeros(rows), 1),
        A_ub=np.column_stack([rates.T, -np.ones(columns)]),
        b_ub=np.zeros(columns),
        A_eq=np.append(np.ones(rows), 0)[None],
        b_eq=[1],
        bounds=[(0, 1)] * (rows + 1),
        method="highs",
    )
    if not found.success:
        raise ArithmeticError(f"the linear program of a resampled game failed: {found.message}")
    return float(found.fun)
