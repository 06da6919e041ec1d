"""How sure the value of a game is: a bootstrap over its people and their heads."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from aip.compute.draws import generator
from aip.game.interval import Interval, percentile
from aip.game.linear_program import linear_program

RESAMPLES = 1000
HELD = 128  # resamples, and cells, in memory at once


def interval(
    recognised: NDArray[np.bool_],
    people: NDArray[np.int64],
    seed: int,
    charged: NDArray[np.float64] | None = None,
) -> Interval:
    """Return the 95 % percentile interval of a game's guarantee, by 1,000 resamples.

    It says how much the guarantee depends on whose heads were attacked, and on which of them; the
    recognisers and the draws for each head are held fixed.

    Parameters
    ----------
    recognised : (rows, columns, n) bool array
        Whether each head was recognised, for every pair of strategies.
    people : (n,) int64 array
        Whose head each is, from 0; as `Outcomes.people` numbers them.
    seed : int
        The study's seed.
    charged : (rows, columns) float64 array, optional
        What a game that charges adds to its rates, as fractions. It is held fixed, too.
    """
    return percentile(values(recognised, people, seed, RESAMPLES, charged))


def values(
    recognised: NDArray[np.bool_],
    people: NDArray[np.int64],
    seed: int,
    resamples: int,
    charged: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Return the guarantee of each resampled game, as fractions: its value, unless it charges.

    All cells of a game meet the same resampled heads, so that their rates vary together.

    Parameters
    ----------
    recognised : (rows, columns, n) bool array
    people : (n,) int64 array
    seed : int
    resamples : int
    charged : (rows, columns) float64 array, optional

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
    found: list[float] = []
    for counts in draws(people, seed, resamples):
        rates = np.empty((len(counts), len(cells)))
        # Sums of whole numbers are exact, in whatever order they are added.
        for some in _parts(len(cells)):
            rates[:, some] = counts @ cells[some].astype(np.float64).T
        rates /= counts.sum(axis=1, keepdims=True)
        found += [_guarantee(game, charged) for game in rates.reshape(-1, rows, columns)]
    return np.array(found)


def _guarantee(rates: NDArray[np.float64], charged: NDArray[np.float64] | None) -> float:
    if charged is None:
        return linear_program(rates).value
    return float((linear_program(rates + charged).user @ rates).max())


def draws(people: NDArray[np.int64], seed: int, resamples: int) -> Iterator[NDArray[np.float64]]:
    """Draw people and then their heads, resample by resample; yield how often each head is drawn.

    A resample draws as many people as there are, with replacement; and of each person drawn, each
    time anew, as many heads as the person has, with replacement: both stages of the sampling
    (Davison and Hinkley 1997, section 3.8). Heads of one person are alike, and a draw of heads
    alone would take them for as many people. The chance of the heads is in the people's rates, too,
    so the interval errs on the wide side: where people do not differ, it is up to √2 times as wide
    as the one over heads. With one head per person, it is that one.

    Parameters
    ----------
    people : (n,) int64 array
        Whose head each is, from 0; each number up to the largest is there.
    seed : int
        With the resample's number it keys the draw.
    resamples : int

    Yields
    ------
    (resamples, n) float64 array
        Whole numbers, for at most 128 resamples at once.

    References
    ----------
    A. C. Davison and D. V. Hinkley, "Bootstrap Methods and their Application", Cambridge University
    Press, 1997.
    """
    heads = np.argsort(people, kind="stable")
    sizes = np.bincount(people)
    first = np.cumsum(sizes) - sizes
    for some in _parts(resamples):
        yield np.stack(
            [_counts(seed, number, heads, first, sizes) for number in range(resamples)[some]]
        )


def _counts(
    seed: int,
    resample: int,
    heads: NDArray[np.int64],
    first: NDArray[np.int64],
    sizes: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Count each head in a resample, (n,); `first` and `sizes` say where a person's `heads` are."""
    rng = generator(seed, "bootstrap", resample)
    drawn = rng.integers(len(sizes), size=len(sizes))
    many = np.repeat(sizes[drawn], sizes[drawn])
    # A product with a fraction below 1 is below a whole number, also when it is rounded.
    places = np.repeat(first[drawn], sizes[drawn]) + (rng.random(len(many)) * many).astype(np.int64)
    return np.bincount(heads[places], minlength=len(heads)).astype(np.float64)


def _parts(length: int) -> Iterator[slice]:
    """Divide `length` rows, each with an entry per head, into parts that fit in memory."""
    return (slice(start, start + HELD) for start in range(0, length, HELD))
