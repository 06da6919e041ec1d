import nashpy
import numpy as np
import pytest
from scipy.optimize import OptimizeResult

from aip.errors import BadInput
from aip.game import linear_program as module
from aip.game.linear_program import SolverError, exploit, linear_program

NEAR = [0.3 + steps * 1e-6 for steps in range(5)]
# Each draws a table: family(generator, shape).
FAMILIES = {
    "uniform": lambda rng, shape: rng.random(shape),
    "of 20 heads": lambda rng, shape: rng.integers(0, 21, shape) / 20,
    "of 208 heads": lambda rng, shape: rng.integers(0, 209, shape) / 208,
    "near": lambda rng, shape: rng.choice(NEAR, shape),
    "near beside far": lambda rng, shape: rng.choice([*NEAR, 0.0, 1.0], shape),
    "nearer beside far": lambda rng, shape: rng.choice([0, 1, 1e-6, 1e-8, 1e-9, 1e-10], shape),
    "nearer about the middle": lambda rng, shape: (
        0.5 + rng.choice([1e-10, 1e-9, 2e-9, 1e-8, 0.5, -0.5], shape)
    ),
    "duplicates": lambda rng, shape: rng.random(shape)[rng.integers(shape[0], size=shape[0])][
        :, rng.integers(shape[1], size=shape[1])
    ],
    "dominated": lambda rng, shape: (
        rng.random(shape) / 3 + np.linspace(0, 1, shape[0])[:, None] / 3 + rng.random(shape[1]) / 3
    ),
    "of rank one": lambda rng, shape: np.outer(rng.random(shape[0]), rng.random(shape[1])),
    "constant": lambda rng, shape: np.full(shape, rng.random()),
    "zero": lambda _, shape: np.zeros(shape),
}
SHAPES = [(1, 1), (1, 9), (9, 1), (2, 2), (6, 6), (3, 24), (24, 3), (20, 21), (40, 40)]


@pytest.mark.parametrize(
    ("family", "large"),
    # Of rates nearer than 1e-7 beside far ones, HiGHS's interior point gives up on small tables.
    [(family, 500) for family in FAMILIES]
    + [(family, 1) for family in FAMILIES if "nearer" not in family],
)
def test_no_side_can_gain_whatever_the_table(monkeypatch, family, large):
    monkeypatch.setattr(module, "LARGE", large)
    for seed, shape in enumerate(SHAPES):
        rates = FAMILIES[family](np.random.default_rng(seed), shape)
        found = linear_program(rates)
        # The certificate, computed here: the best answer of each side to the other's mixture.
        best = max(found.user @ rates), min(rates @ found.recogniser)
        assert best[0] - best[1] <= 1e-9
        assert found.exploitability == pytest.approx(best[0] - best[1], abs=1e-15)
        assert best[1] - 1e-15 <= found.value <= best[0] + 1e-15
        for mixture, size in zip((found.user, found.recogniser), shape, strict=True):
            assert mixture.shape == (size,)
            assert mixture.min() >= 0
            assert mixture.sum() == pytest.approx(1, abs=1e-14)


@pytest.mark.parametrize("seed", range(12))
def test_every_extreme_equilibrium_of_nashpys_has_the_value(seed):
    rng = np.random.default_rng(seed)
    rates = rng.random(rng.integers(2, 6, 2))
    value = linear_program(rates).value
    extreme = list(nashpy.Game(2 - rates, 1 + rates).vertex_enumeration())
    assert extreme
    for user, recogniser in extreme:
        assert user @ rates @ recogniser == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize("shape", [(1, 5), (6, 6), (20, 3)])
def test_changing_sides_changes_only_who_gains(shape):
    rates = np.random.default_rng(1).random(shape)
    found, changed = linear_program(rates), linear_program(1 - rates.T)
    assert changed.value == pytest.approx(1 - found.value, abs=1e-12)
    assert changed.user == pytest.approx(found.recogniser, abs=1e-9)
    assert changed.recogniser == pytest.approx(found.user, abs=1e-9)


def test_both_mixtures_come_of_one_solve(monkeypatch):
    solves, original = [], module.linprog
    monkeypatch.setattr(module, "linprog", lambda *a, **k: solves.append(1) or original(*a, **k))
    linear_program(np.random.default_rng(0).integers(0, 209, (20, 20)) / 208)
    assert len(solves) == 1


@pytest.mark.parametrize("off", [1e-8, 1e-5, 1e-2])
@pytest.mark.parametrize("family", ["uniform", "of 20 heads", "near beside far"])
def test_an_answer_that_is_a_little_off_is_corrected(monkeypatch, family, off):
    solved = module._optimum

    def rough(payoffs):
        return [(1 - off) * mixture + off / len(mixture) for mixture in solved(payoffs)]

    monkeypatch.setattr(module, "_optimum", rough)
    rates = FAMILIES[family](np.random.default_rng(2), (12, 9))
    assert exploit(rates, *rough(rates + 1)) > 1e-9
    assert linear_program(rates).exploitability <= 1e-9


def test_the_exploitability_is_what_both_could_gain():
    rates = np.array([[0.2, 0.8], [0.6, 0.4]])
    # Against the user's first row the best answer gets 0.8; against column 0, the user gets 0.2.
    assert exploit(rates, np.array([1.0, 0]), np.array([1.0, 0])) == pytest.approx(0.6)
    assert exploit(rates, np.array([0.25, 0.75]), np.array([0.5, 0.5])) == pytest.approx(0)


def test_an_answer_that_is_no_equilibrium_is_refused(monkeypatch):
    uniform = OptimizeResult(
        success=True,
        x=np.array([0.5, 0.5, 0]),
        ineqlin=OptimizeResult(marginals=np.array([-0.5, -0.5])),
    )
    monkeypatch.setattr(module, "linprog", lambda *_, **__: uniform)
    monkeypatch.setattr(module, "CORRECTIONS", 0)
    with pytest.raises(SolverError, match=r"exploitable by 0\.2, expected at most 1e-09"):
        linear_program(np.array([[0.1, 0.2], [0.6, 0.4]]))


def test_a_solver_that_fails_is_not_bad_input(monkeypatch):
    failed = OptimizeResult(success=False, message="numerical trouble", x=None)
    monkeypatch.setattr(module, "linprog", lambda *_, **__: failed)
    with pytest.raises(SolverError, match="program of this table failed: numerical trouble") as it:
        linear_program(np.eye(2))
    assert isinstance(it.value, ArithmeticError)
    assert not isinstance(it.value, BadInput)


@pytest.mark.parametrize("rate", [np.nan, np.inf, -np.inf])
def test_rates_that_are_not_finite_are_named(rate):
    with pytest.raises(ValueError, match=r"^rates: found 1 of 4 that are not finite, expected"):
        linear_program(np.array([[0.1, 0.2], [rate, 0.3]]))
