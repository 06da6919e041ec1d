"""The linear program of a zero-sum game: the value and both sides' optimal mixtures."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import OptimizeResult, linprog

TOLERANCE = 1e-9
# HiGHS ignores violations below 1e-7; each correction divides what is left by up to SCALE.
CORRECTIONS = 4
SCALE = 1e4
DUST = 1e-12  # a smaller probability is only rounding
# From this many strategies on the smaller side, HiGHS's interior point is faster than its simplex.
LARGE = 500


class SolverError(ArithmeticError):
    """The linear program could not be solved, although the table is valid."""


@dataclass(frozen=True)
class Solution:
    """The solution of a zero-sum game in which the row player minimises.

    Attributes
    ----------
    value : float
    user, recogniser : (rows,) and (columns,) float64 arrays
        The mixtures of rows and of columns; probabilities.
    exploitability : float
        At most 1e-9.
    """

    value: float
    user: NDArray[np.float64]
    recogniser: NDArray[np.float64]
    exploitability: float


def linear_program(rates: NDArray[np.float64]) -> Solution:
    """Solve a zero-sum game by one linear program, its primal and its dual.

    The user's mixture x of the rows of a payoff table A and the recogniser's mixture y of its
    columns are the optimal solutions of a dual pair of linear programs (von Neumann 1928; Dantzig
    1951). The optimum of both is the value of the game::

        minimise v                        maximise w
        subject to  xᵀA ≤ v in each       subject to  A y ≥ w in each
                    column,                           row,
                    Σ x = 1, x ≥ 0                    Σ y = 1, y ≥ 0

    HiGHS solves the left one, by the dual simplex or, where both sides have at least 500
    strategies, by an interior point; the marginals of its columns' constraints are y. An answer
    that is exploitable by more than 1e-9 is corrected, as in iterative refinement (Gleixner,
    Steffy and Wolter 2016).

    Parameters
    ----------
    rates : (rows, columns) float64 array
        What the user pays and the recogniser gains: recognition rates as fractions, 0–1. The
        tolerance of 1e-9 is absolute, so payoffs on a larger scale may raise `SolverError`.

    Raises
    ------
    ValueError
        A rate is not finite.
    SolverError
        HiGHS fails, or its corrected answer is still exploitable by more than 1e-9.

    References
    ----------
    J. von Neumann, "Zur Theorie der Gesellschaftsspiele", Mathematische Annalen 100, 1928.
    G. B. Dantzig, "A proof of the equivalence of the programming problem and the game problem",
    in T. C. Koopmans (ed.), Activity Analysis of Production and Allocation, 1951.
    A. M. Gleixner, D. E. Steffy and K. Wolter, "Iterative refinement for linear programming",
    INFORMS Journal on Computing 28(3), 2016.

    Examples
    --------
    >>> found = linear_program(np.array([[0.2, 0.8], [0.6, 0.4]]))
    >>> round(found.value, 9), found.user.round(9).tolist(), found.recogniser.round(9).tolist()
    (0.5, [0.25, 0.75], [0.5, 0.5])
    """
    if not np.isfinite(rates).all():
        raise ValueError(
            f"rates: found {np.count_nonzero(~np.isfinite(rates))} of {rates.size} that are not "
            "finite, expected fractions from 0 to 1"
        )
    # Shifting and scaling payoffs changes no equilibrium. HiGHS drops payoffs below 1e-9.
    payoffs = 1 + (rates - rates.min()) / (float(np.ptp(rates)) or 1.0)
    user, recogniser = _optimum(payoffs)
    for _ in range(CORRECTIONS):
        if exploit(rates, user, recogniser) <= TOLERANCE:
            break
        user, recogniser = _corrected(payoffs, user, recogniser)
    exploitability = exploit(rates, user, recogniser)
    if exploitability > TOLERANCE:
        raise SolverError(
            f"the equilibrium of this table could not be found: the linear program's answer is "
            f"exploitable by {exploitability:.2g}, expected at most {TOLERANCE:g}"
        )
    return Solution(float(user @ rates @ recogniser), user, recogniser, exploitability)


def exploit(
    rates: NDArray[np.float64], user: NDArray[np.float64], recogniser: NDArray[np.float64]
) -> float:
    """Return the exploitability: the best column against `user`, less the best row's answer.

    It is the duality gap of the two mixtures. Both are in equilibrium exactly when it is zero (von
    Neumann 1928).
    """
    return float((user @ rates).max() - (rates @ recogniser).min())


def _optimum(
    payoffs: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rows, columns = payoffs.shape
    # Minimise v over (x, v), both at least 0: positive payoffs have a positive value.
    found = linprog(
        np.append(np.zeros(rows), 1),
        A_ub=np.column_stack([payoffs.T, -np.ones(columns)]),
        b_ub=np.zeros(columns),
        A_eq=np.append(np.ones(rows), 0)[None],
        b_eq=[1],
        bounds=(0, None),
        method="highs-ipm" if min(rows, columns) >= LARGE else "highs-ds",
    )
    _solved(found)
    return _mixture(found.x[:rows]), _mixture(-found.ineqlin.marginals)


def _corrected(
    payoffs: NDArray[np.float64], user: NDArray[np.float64], recogniser: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Correct a solution by the same program, centred on it and magnified.

    Each constraint has a slack, whose cost is the column's probability in the recogniser's mixture,
    so that the marginals are corrections, too.
    """
    rows, columns = payoffs.shape
    gains = user @ payoffs
    slack, loss = gains.max() - gains, payoffs @ recogniser
    loss -= loss.min()
    scale = min(SCALE, 1 / exploit(payoffs, user, recogniser))
    # The variables are (x, v, slack), each less its value so far.
    found = linprog(
        scale * np.concatenate([loss, [0], recogniser]),
        A_eq=np.block(
            [
                [payoffs.T, -np.ones((columns, 1)), np.eye(columns)],
                [np.ones((1, rows)), np.zeros((1, 1 + columns))],
            ]
        ),
        b_eq=np.zeros(columns + 1),
        bounds=[(low, None) for low in -scale * np.concatenate([user, [np.inf], slack])],
        method="highs-ds",
    )
    _solved(found)
    users = user, _mixture(user + found.x[:rows] / scale)
    recognisers = recogniser, _mixture(recogniser - found.eqlin.marginals[:columns] / scale)
    return (
        min(users, key=lambda mixture: float((mixture @ payoffs).max())),
        max(recognisers, key=lambda mixture: float((payoffs @ mixture).min())),
    )


def _solved(found: OptimizeResult) -> None:
    if not found.success:
        raise SolverError(f"the linear program of this table failed: {found.message}")


def _mixture(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    positive = np.where(weights > DUST, weights, 0.0)
    return np.asarray(positive / positive.sum(), dtype=np.float64)
