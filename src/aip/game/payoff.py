"""Payoffs with a threshold: who is identified, or verified, at a false-match rate.

A score is a match if it reaches a threshold. The threshold is taken on other people, whom nobody
enrolled: at a false-match rate (FMR) of 0.001, at most one in a thousand comparisons of their heads
with enrolled people is a match (ISO/IEC 19795-1:2021). Evaluations of face recognition report rates
at such thresholds (Grother, Ngan and Hanaoka 2019).

P. Grother, M. Ngan and K. Hanaoka, "Face Recognition Vendor Test (FRVT), Part 2: Identification",
NISTIR 8271, 2019.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from aip.errors import BadInput
from aip.game.rank import is_within
from aip.store.hdf5 import reading


@dataclass(frozen=True)
class Payoff:
    """A payoff with a threshold.

    Attributes
    ----------
    measure : str
        ``identify``: among the highest scores, as many as the game's rank says, is that of the
        head's own identity, and it is a match. ``verify``: the score of its own identity is a
        match, whatever the others are.
    fmr : float
        The false-match rate of the threshold, above 0 and below 1.
    """

    measure: Literal["identify", "verify"]
    fmr: float

    def counts(
        self,
        scores: NDArray[np.float32],
        label: NDArray[np.int64],
        rank: int,
        threshold: NDArray[np.float32],
    ) -> NDArray[np.bool_]:
        """Say whether each head counts as recognised.

        Parameters
        ----------
        scores : (n, identities) float32 array
        label : (n,) int64 array
            The number of each head's identity.
        rank : int
            As for `aip.game.rank.is_within`; it has no meaning for ``verify``.
        threshold : (n,) float32 array
            From which score on each head's is a match.

        Returns
        -------
        (n,) bool array

        Examples
        --------
        >>> scores, threshold = np.array([[0.5, 0.7]], np.float32), np.array([0.4], np.float32)
        >>> [Payoff(m, 0.1).counts(scores, np.array([0]), 1, threshold).item() for m in MEASURES]
        [False, True]
        """
        matched: NDArray[np.bool_] = (
            np.take_along_axis(scores, label[:, None], axis=1)[:, 0] >= threshold
        )
        return matched if self.measure == "verify" else matched & is_within(scores, label, rank)

    def described(self, rank: int) -> str:
        """Say what it is, at a game's rank.

        Examples
        --------
        >>> Payoff("verify", 0.001).described(1), Payoff("identify", 0.01).described(5)
        ('verify at FMR 0.001', 'identify at rank 5 and FMR 0.01')
        """
        at_rank = f"rank {rank} and " if self.measure == "identify" else ""
        return f"{self.measure} at {at_rank}FMR {self.fmr:g}"


MEASURES: tuple[Literal["identify", "verify"], ...] = ("identify", "verify")


def comparisons(fmr: float) -> int:
    """Return how many comparisons a threshold needs, so that one of them may be a false match.

    Examples
    --------
    >>> comparisons(0.001), comparisons(0.3)
    (1000, 4)
    """
    return math.ceil(1 / Fraction(str(fmr)))


def threshold(scores: NDArray[np.float32], fmr: float) -> np.float32:
    """Return the lowest threshold that no larger share of scores reaches than a false-match rate.

    Parameters
    ----------
    scores : float32 array
        Of other people's heads, for enrolled people; any shape.
    fmr : float

    Raises
    ------
    BadInput
        There are too few scores for the rate.

    Examples
    --------
    >>> scores = np.array([0.1, 0.2, 0.3, 0.4], np.float32)
    >>> found = threshold(scores, 0.25)
    >>> (scores >= found).tolist(), bool(found > np.float32(0.3))
    ([False, False, False, True], True)
    """
    if scores.size < comparisons(fmr):
        raise BadInput(
            f"fmr: found {fmr:g}, which takes at least {comparisons(fmr):,} comparisons of other "
            f"people's heads with enrolled people, and there are {scores.size:,}"
        )
    above = math.floor(Fraction(str(fmr)) * scores.size)
    place = scores.size - 1 - above
    highest = np.partition(scores.ravel(), place)[place]
    found: np.float32 = np.nextafter(highest, np.float32(np.inf))
    return found


def read_thresholds(path: Path, fmr: float) -> dict[int, np.float32]:
    """Read the threshold of each split that is attacked from a column's impostor scores.

    Parameters
    ----------
    path : Path
        What `aip.recognise.impostors.write_impostors` wrote.
    fmr : float

    Raises
    ------
    BadInput
        The file cannot be read, or has too few scores for the rate.
    """
    with reading(path) as file:
        scores, split = file["scores"][()], file["split"][()]
    return {int(each): threshold(scores[split == each], fmr) for each in np.unique(split)}
