"""The guarantee on people on whom the mixture was not solved: cross-validation over people."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from aip.compute.draws import generator
from aip.errors import BadInput
from aip.game.bootstrap import RESAMPLES, draws
from aip.game.interval import percentile
from aip.game.linear_program import linear_program
from aip.game.worth import HeldOut

FOLDS = 5  # unless a game says otherwise; as many as people where there are fewer of them


def held_out(
    recognised: NDArray[np.bool_],
    people: NDArray[np.int64],
    folds: int | None,
    seed: int,
    charged: NDArray[np.float64] | None = None,
) -> HeldOut | None:
    """Solve the user's mixture on all people but a fold's, play it on the fold, for every fold.

    The value of a game is the rate on the very heads on which the mixture was chosen, and no other
    mixture does better on these, unless the game charges; on other people it is expected to do
    worse. Held out, each head is met by a mixture that was solved without its person. The largest
    of the columns' mean rates over all heads estimates what the value claims: the rate that no
    column exceeds on people who were not there when the mixture was solved. Each mixture is solved
    on fewer people than the game's own, so the estimate is of a mixture that is slightly worse.
    Where several mixtures are optimal on the others, the one that the linear program finds is
    played.

    The largest is taken of the columns' rates over all folds together, since a recogniser plays one
    column against everybody. The largest in each fold would let it choose a column for every few
    people, after it had seen who was recognised.

    The interval draws people and then their heads again, as `aip.game.bootstrap.draws` does. Each
    fold's mixture stays as it is, so that the interval leaves out how mixtures of other people
    would differ. The largest of several resampled rates is in the mean above the largest rate, so
    the interval errs on the high side where columns have nearly the same rate.

    Parameters
    ----------
    recognised : (rows, columns, n) bool array
        Whether each head was recognised, for every pair of strategies.
    people : (n,) int64 array
        Whose head each is, from 0; each number up to the largest is there.
    folds : int or None
        From 2 to the number of people; None for five, or as many as people if these are fewer.
    seed : int
        The study's seed; it keys who is in which fold, and the resamples.
    charged : (rows, columns) float64 array, optional
        What a game that charges adds to its rates when a mixture is solved, as fractions.

    Returns
    -------
    HeldOut or None
        None where `folds` is None and there is only one person.

    Raises
    ------
    BadInput
        There are fewer people than folds.
    SolverError
        The game of all people but a fold's could not be solved.

    References
    ----------
    M. Stone, "Cross-validatory choice and assessment of statistical predictions", Journal of the
    Royal Statistical Society B 36(2), 1974.
    """
    count = int(people.max()) + 1
    if folds is None and count == 1:
        return None
    folds = min(FOLDS, count) if folds is None else folds
    if not 2 <= folds <= count:
        raise BadInput(f"folds: found {folds}, expected from 2 to {count}, the number of people")
    fold = assigned(count, folds, seed)[people]
    parts = [_Fold.held(recognised, fold == number, charged) for number in range(folds)]
    (value,) = _largest(parts, np.ones((1, len(people))))
    resampled = [_largest(parts, counts) for counts in draws(people, seed, RESAMPLES)]
    return HeldOut(float(value), percentile(np.concatenate(resampled)), folds)


def assigned(people: int, folds: int, seed: int) -> NDArray[np.int64]:
    """Draw the fold of each person, (people,), from 0; folds differ by at most one person."""
    order = generator(seed, "folds").permutation(people)
    found = np.empty(people, np.int64)
    found[order] = np.arange(people) % folds
    return found


@dataclass(frozen=True)
class _Fold:
    """A fold, and the mixture that was solved on the others.

    Attributes
    ----------
    heads : (n,) bool array
        Whether each head is in the fold.
    probabilities : list of float
        Of the rows that are played.
    recognised : list of (columns, heads in the fold) float64 arrays
        By row that is played, 1 where a head was recognised.
    """

    heads: NDArray[np.bool_]
    probabilities: list[float]
    recognised: list[NDArray[np.float64]]

    @classmethod
    def held(
        cls,
        recognised: NDArray[np.bool_],
        heads: NDArray[np.bool_],
        charged: NDArray[np.float64] | None,
    ) -> Self:
        """Solve the game of all heads but those of a fold."""
        rates = recognised[..., ~heads].mean(axis=2)
        user = linear_program(rates if charged is None else rates + charged).user
        rows = np.flatnonzero(user)
        met = [recognised[row][:, heads].astype(np.float64) for row in rows]
        return cls(heads, user[rows].tolist(), met)


def _largest(folds: list[_Fold], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the largest column's rate, (resamples,), given how often each head is there."""
    total = np.zeros((len(counts), len(folds[0].recognised[0])))
    for fold in folds:
        there = counts[:, fold.heads]
        for probability, row in zip(fold.probabilities, fold.recognised, strict=True):
            # A machine may choose the order in which a product adds; these are whole numbers.
            total += probability * (there @ row.T)
    rates: NDArray[np.float64] = total / counts.sum(axis=1, keepdims=True)
    found: NDArray[np.float64] = rates.max(axis=1)
    return found
