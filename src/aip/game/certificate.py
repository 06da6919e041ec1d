"""An exact equilibrium, in fractions: found from one in floating point, and checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from flint import fmpq, fmpq_mat, nmod_mat
from numpy.typing import NDArray

# Where payoffs range from 0 to 1: a strategy this near to the best answers may be one of them.
TIGHT = 1e-9
# Rates that lie 1e-10 apart beside others that do not took up to 61.
EXCHANGES = 500
# Rates of a table: 500 × 500 take 3 s in fractions, and 1000 × 1000 four times the linear program.
LARGEST = 500**2
# What is independent modulo a prime is independent, and modulo a prime this is quick to see.
PRIME = 2**61 - 1

Matrix = list[list[fmpq]]


class CertificateError(ArithmeticError):
    """No exact equilibrium was found; the sentence says why."""


@dataclass(frozen=True)
class Certificate:
    """An exact equilibrium: neither side can gain anything by deviating.

    Attributes
    ----------
    value : Fraction
        The value of the game, in the unit of its rates.
    user, recogniser : tuple of Fraction
        The mixtures of rows and of columns; probabilities, whose sum is 1.
    """

    value: Fraction
    user: tuple[Fraction, ...]
    recogniser: tuple[Fraction, ...]


def certify(
    rates: Sequence[Sequence[Fraction]],
    user: NDArray[np.float64],
    recogniser: NDArray[np.float64],
) -> Certificate:
    """Find an exact equilibrium of a zero-sum game from one in floating point.

    In each game some square block of the payoffs A determines an equilibrium: all rows of the block
    pay v against a mixture y of its columns, and all its columns gain v against a mixture x of its
    rows (Shapley and Snow 1950). The block is guessed from the mixtures given, and its equations
    are solved in fractions, as Applegate et al. (2007) solve those of a basis. If the guess was
    wrong, then a probability is negative, or a strategy outside the block is a better answer than
    those inside. Strategies are then exchanged by the criss-cross method (Terlaky 1985), which
    ends whatever the guess, since it prefers those that it exchanged last (Zhang 1999). The
    outcome is checked to be an equilibrium of the whole table::

        xᵀA ≤ v in each column,  A y ≥ v in each row,  Σ x = Σ y = 1,  x ≥ 0,  y ≥ 0

    Parameters
    ----------
    rates : (rows, columns) sequence of sequences of Fraction
        What the user pays and the recogniser gains; in any unit, but to be the payoffs of which
        the mixtures are almost an equilibrium.
    user, recogniser : (rows,) and (columns,) float64 arrays
        Two mixtures. The nearer they are to an equilibrium, the fewer exchanges it takes: none for
        most solutions of the linear program.

    Raises
    ------
    CertificateError
        There was none after 500 exchanges, or the table has more than 250,000 rates.

    References
    ----------
    L. S. Shapley and R. N. Snow, "Basic solutions of discrete games", Annals of Mathematics
    Studies 24, 1950.
    T. Terlaky, "A convergent criss-cross method", Optimization 16(5), 1985.
    S. Zhang, "New variants of finite criss-cross pivot algorithms for linear programming",
    European Journal of Operational Research 116(3), 1999.
    D. L. Applegate, W. Cook, S. Dash and D. G. Espinoza, "Exact solutions to linear programming
    problems", Operations Research Letters 35(6), 2007.

    Examples
    --------
    >>> rates = [[Fraction(1, 5), Fraction(4, 5)], [Fraction(3, 5), Fraction(1, 3)]]
    >>> found = certify(rates, np.array([0.3, 0.7]), np.array([0.5, 0.5]))
    >>> print(found.value, *found.user, *found.recogniser)
    31/65 4/13 9/13 7/13 6/13
    """
    if len(user) * len(recogniser) > LARGEST:
        raise CertificateError(
            f"fractions are found for at most {LARGEST:,} rates, and the table has "
            f"{len(user) * len(recogniser):,}"
        )
    payoffs = [[fmpq(rate.numerator, rate.denominator) for rate in row] for row in rates]
    rows, columns = len(user), len(recogniser)
    game, block = _symmetric(payoffs), _guess(payoffs, user, recogniser)
    sums = [fmpq(0)] * (rows + columns) + [fmpq(1)] * 2
    turn = [0] * (rows + columns)  # when each strategy was last exchanged
    for exchanges in range(EXCHANGES + 1):
        found = _solve(game, block, sums)
        wrong = [k for k in range(rows + columns) if found[k] < 0]
        if not wrong:
            break
        worst = max(wrong, key=lambda k: (turn[k], -found[k]))
        effects = _effects(game, block, worst)
        helpful = [k for k in range(rows + columns) if effects[k] > 0]
        best = max(helpful, key=lambda k: (turn[k], effects[k]))
        block ^= {worst, best}
        turn[worst] = turn[best] = exchanges + 1
    else:
        raise CertificateError(
            f"no exact equilibrium was found by {EXCHANGES} exchanges of strategies"
        )
    z = [found[k] if k in block else fmpq(0) for k in range(len(game))]
    return _checked(payoffs, z[:rows], z[rows:-2], z[-1])


def _symmetric(payoffs: Matrix) -> Matrix:
    """Return the equations of a game, as a skew-symmetric matrix S (Gale, Kuhn and Tucker 1950).

    Of z = (x, y, -v, v), Sz = (A y - v, v - xᵀA, Σ y, Σ x): how much worse each row and each column
    is than the other side's mixture makes the value, and two sums that must be 1.
    """
    zero, one = fmpq(0), fmpq(1)
    no_rows, no_columns = [zero] * len(payoffs), [zero] * len(payoffs[0])
    return [
        *([*no_rows, *row, zero, -one] for row in payoffs),
        *(
            [*(-rate for rate in column), *no_columns, -one, zero]
            for column in zip(*payoffs, strict=True)
        ),
        [*no_rows, *(one for _ in no_columns), zero, zero],
        [*(one for _ in no_rows), *no_columns, zero, zero],
    ]


def _guess(payoffs: Matrix, user: NDArray[np.float64], recogniser: NDArray[np.float64]) -> set[int]:
    """Return a block: the places in z of its rows, its columns, -v and v.

    Of the rows that are played or as good, it has as many as are independent in those columns, and
    the other way round. Its equations have one solution, because as many rows as the rank,
    independent, meet as many columns, independent, in a block that has this rank.
    """
    rates = np.array([[float(rate) for rate in row] for row in payoffs])
    rates = (rates - rates.min()) / (float(np.ptp(rates)) or 1.0)
    loss, gain = rates @ recogniser, user @ rates
    rows, columns = _likely(user, loss - loss.min()), _likely(recogniser, gain.max() - gain)
    # With the equations of both sums, which come first to be in every block.
    residues = [[0, *(1 for _ in columns)]]
    residues += [[PRIME - 1, *(_residue(payoffs[i][j]) for j in columns)] for i in rows]
    transposed = [list(column) for column in zip(*residues, strict=True)]
    n, m = len(user), len(recogniser)
    own, others = [n + m, *rows], [n + m + 1, *(n + j for j in columns)]
    return {own[k] for k in _independent(transposed)} | {others[k] for k in _independent(residues)}


def _likely(mixture: NDArray[np.float64], worse: NDArray[np.float64]) -> list[int]:
    """Return the strategies that are played or as good; first the most probable, then the best."""
    likely = np.flatnonzero((mixture > 0) | (worse <= TIGHT))
    order: list[int] = likely[np.lexsort((worse[likely], -mixture[likely]))].tolist()
    return order


def _independent(residues: list[list[int]]) -> list[int]:
    """Return which columns do not depend on those before them, modulo the prime."""
    reduced, rank = nmod_mat(residues, PRIME).rref()
    return [next(j for j, n in enumerate(row) if int(n)) for row in reduced.table()[:rank]]


def _residue(number: fmpq) -> int:
    return int(number.p) * pow(int(number.q), -1, PRIME) % PRIME


def _solve(game: Matrix, block: set[int], right: Sequence[fmpq]) -> list[fmpq]:
    """Make Sz equal to `right` inside a block, by z that is 0 outside; return both, in one list.

    It has z inside the block and Sz outside.
    """
    inside = sorted(block)
    equations = fmpq_mat([[game[i][j] for j in inside] for i in inside])
    z = equations.solve(fmpq_mat([[right[k]] for k in inside]))
    found = (fmpq_mat([[row[j] for j in inside] for row in game]) * z).entries()
    for k, entry in zip(inside, z.entries(), strict=True):
        found[k] = entry
    return found


def _effects(game: Matrix, block: set[int], number: int) -> list[fmpq]:
    """Return how fast one of the numbers that `_solve` returns grows with each that it holds at 0.

    Those are z outside the block and Sz inside. Since S is skew-symmetric, a row of its inverse is
    a solution of its equations, with the other sign.
    """
    if number in block:
        return _solve(game, block, [fmpq(-int(k == number)) for k in range(len(game))])
    found = _solve(game, block, [-entry for entry in game[number]])
    return [n if k in block else n + game[number][k] for k, n in enumerate(found)]


def _checked(payoffs: Matrix, user: list[fmpq], recogniser: list[fmpq], value: fmpq) -> Certificate:
    """Return a certificate, if the mixtures are an equilibrium of the table."""
    A, x, y = fmpq_mat(payoffs), fmpq_mat([user]), fmpq_mat([[p] for p in recogniser])
    mixtures = all(min(side) >= 0 and sum(side, fmpq(0)) == fmpq(1) for side in (user, recogniser))
    if not (mixtures and max((x * A).entries()) <= value <= min((A * y).entries())):
        raise CertificateError("the solution in fractions is no equilibrium of the table")
    return Certificate(
        _fraction(value), tuple(map(_fraction, user)), tuple(map(_fraction, recogniser))
    )


def _fraction(number: fmpq) -> Fraction:
    return Fraction(int(number.p), int(number.q))
