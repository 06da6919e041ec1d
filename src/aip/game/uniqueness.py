"""Whether a zero-sum game has one equilibrium, by linear programs and ranks."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from aip.game.linear_program import exploit

# Where payoffs range from 0 to 1: a number up to this is rounding.
ZERO = 1e-9
# Another mixture differs by at least this; less may be an error of the equilibrium.
CLEAR = 5e-5
# If equations are nearer to a singular system than this, rounding errors grow too large.
SINGULAR = 1e-4
DUST = 1e-5  # a smaller probability may be 0
EXACT = 1e-10  # the most by which mixtures may be exploitable


def is_unique(
    rates: NDArray[np.float64], user: NDArray[np.float64], recogniser: NDArray[np.float64]
) -> bool | None:
    """Say whether an equilibrium is the only one.

    It is if neither side has another optimal mixture, since the optimal mixtures of a zero-sum game
    can be exchanged (von Neumann 1928).

    Parameters
    ----------
    rates : (rows, columns) float64 array
    user, recogniser : (rows,) and (columns,) float64 arrays
        The mixtures of an equilibrium.

    Returns
    -------
    bool or None
        None if the numbers are too close to tell.

    References
    ----------
    G. Appa, "On the uniqueness of solutions to linear programs", Journal of the Operational
    Research Society 53(10), 2002.

    Examples
    --------
    >>> is_unique(np.array([[0.2, 0.8], [0.6, 0.4]]), np.array([0.25, 0.75]), np.array([0.5, 0.5]))
    True
    """
    payoffs = (rates - rates.min()) / (float(np.ptp(rates)) or 1.0)
    least = min(mixture[mixture > 0].min() for mixture in (user, recogniser))
    if exploit(payoffs, user, recogniser) > EXACT or least < DUST:
        return None
    sides = [
        _one_mixture(payoffs, user, recogniser),
        _one_mixture(1 - payoffs.T, recogniser, user),
    ]
    return False if False in sides else None if None in sides else True


def _one_mixture(
    payoffs: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]
) -> bool | None:
    """Say whether the side that pays has one optimal mixture, `x`.

    A mixture is optimal if it pays at most the value v in each column. It then pays v in each
    column that y plays, and plays only best answers to y. Of the variables that are 0 in x, the
    mixture's probabilities and the columns' distances to v, a linear program finds the largest sum.
    If it is 0, they are 0 in all optimal mixtures, and these are the solutions of linear equations
    in the variables that are not 0 in x.
    """
    value = float((x @ payoffs).max())
    answers = payoffs @ y
    rows = (answers - answers.min() <= ZERO) | (x > 0)
    inner, weights = payoffs[rows], x[rows]
    slack = value - weights @ inner
    tight, played = slack <= ZERO, y > 0
    equations = np.vstack([inner[weights > 0][:, tight].T, np.ones((weights > 0).sum())])
    if len(equations) < equations.shape[1]:
        return False
    # The value is known, so it is no variable.
    smallest = float(np.linalg.svd(equations, compute_uv=False)[-1])
    if smallest < SINGULAR:
        return False if smallest <= ZERO else None
    unplayed, loose = weights == 0, tight & ~played
    if not unplayed.any() and not loose.any():
        return True
    # Σ x over the unplayed rows plus Σ (v − (xᵀA)_j) over the loose columns, to be maximised.
    cost = inner[:, loose].sum(1) - unplayed
    found = linprog(
        cost,
        A_ub=inner[:, ~(tight & played)].T,
        b_ub=np.full((~(tight & played)).sum(), value),
        A_eq=np.vstack([inner[:, tight & played].T, np.ones(len(inner))]),
        b_eq=np.append(np.full((tight & played).sum(), value), 1),
        bounds=(0, 1),
        method="highs-ds",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    if not found.success:
        return None
    most = loose.sum() * value - found.fun
    return True if most <= ZERO else False if most >= CLEAR else None
