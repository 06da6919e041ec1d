"""Solve a matrix of rates, without a study."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aip.errors import BadInput
from aip.game.equilibrium import Equilibrium
from aip.game.equilibrium import solve as solve_table
from aip.game.table import Table


def solve(game: Table | ArrayLike) -> Equilibrium:
    """Solve the zero-sum game of a payoff table or matrix, in which the user minimises.

    Parameters
    ----------
    game : Table or (rows, columns) array
        Recognition rates as fractions, 0–1, by user strategy (row) and recogniser strategy
        (column).

    Returns
    -------
    Equilibrium

    Raises
    ------
    BadInput
        It is not a matrix of rates, or its shape differs from the table's numbers of names.

    Examples
    --------
    >>> found = solve([[0.0, 0.5], [0.5, 0.0]])
    >>> found.value, found.user.tolist()
    (0.25, [0.5, 0.5])
    """
    if isinstance(game, Table):
        rates = _checked(game.rates)
        names = len(game.user), len(game.recogniser)
        if rates.shape != names:
            raise BadInput(f"rates: found shape {rates.shape}, expected {names}, as many as names")
        return solve_table(replace(game, rates=rates))
    rates = _checked(game)
    users, recognisers = (
        tuple(f"{side} {number}" for number in range(1, count + 1))
        for side, count in zip(("user", "recogniser"), rates.shape, strict=True)
    )
    return solve_table(Table(users, recognisers, rates))


def _checked(given: ArrayLike) -> NDArray[np.float64]:
    """Return rates as an array, or refuse them."""
    try:
        rates = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError, RuntimeError) as error:
        raise BadInput(
            f"rates: found no matrix of numbers, expected (rows, columns) of fractions: {error}"
        ) from error
    if rates.ndim != 2 or not rates.size:
        raise BadInput(f"rates: found shape {rates.shape}, expected (rows, columns)")
    if not ((rates >= 0) & (rates <= 1)).all():
        raise BadInput(
            f"rates: found values from {rates.min():g} to {rates.max():g}, expected fractions "
            "from 0 to 1"
        )
    return rates
