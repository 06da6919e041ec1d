"""How sure the value of a game is: a bootstrap over its heads."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from aip.draws import generator
from aip.game.equilibrium import Interval
from aip.game.wilson import CONFIDENCE

RESAMPLES = 1000


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
    # How often each head is drawn: a multinomial count per head and resample.
    counts = np.stack(
        [
            np.bincount(generator(seed, "bootstrap", number).integers(n, size=n), minlength=n)
            for number in range(resamples)
        ]
    )
    # Sums of whole numbers, so exact whatever the order they are added in.
    outcomes = recognised.reshape(rows * columns, n).astype(np.float64)
    rates = (counts.astype(np.float64) @ outcomes.T / n).reshape(resamples, rows, columns)
    return np.array([value(game) for game in rates])


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
