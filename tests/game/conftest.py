import nashpy
import numpy as np
import pytest

from aip.game import equilibrium
from aip.game.linear_program import Solution, linear_program


@pytest.fixture(autouse=True)
def held_to_nashpy(monkeypatch):
    """Hold every game that a test solves to Nashpy's linear programs, one for each side."""

    def solved(rates: np.ndarray) -> Solution:
        found = linear_program(rates)
        spread = np.ptp(rates) or 1.0
        # Nashpy's sides gain; its tolerance is 1e-7, so that payoffs are spread out for it.
        user, recogniser = nashpy.Game(1e3 * (2 - (rates - rates.min()) / spread)).linear_program()
        ends = (rates @ recogniser).min() / recogniser.sum(), (user @ rates).max() / user.sum()
        assert found.value == pytest.approx(ends[0], abs=1e-7 * spread)
        assert found.value == pytest.approx(ends[1], abs=1e-7 * spread)
        return found

    monkeypatch.setattr(equilibrium, "linear_program", solved)
