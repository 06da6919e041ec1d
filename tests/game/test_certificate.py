from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from aip.game import certificate as module
from aip.game.certificate import CertificateError, certify
from aip.game.equilibrium import solve
from aip.game.linear_program import linear_program
from aip.game.table import Table, read_table

TABLE4 = Path(__file__).parents[2] / "resources/table4.csv"


def fractions(numbers, denominator):
    return [[Fraction(int(number), denominator) for number in row] for row in numbers]


def solved(rates):
    found = linear_program(np.array(rates, dtype=float))
    return certify(rates, found.user, found.recogniser)


def is_exact(rates, found) -> bool:
    """Hold an equilibrium to its definition, in Python's fractions."""
    gains = [
        sum(p * a for p, a in zip(found.user, column, strict=True))
        for column in zip(*rates, strict=True)
    ]
    losses = [sum(q * a for q, a in zip(found.recogniser, row, strict=True)) for row in rates]
    sides = found.user, found.recogniser
    mixtures = all(min(side) >= 0 and sum(side) == 1 for side in sides)
    return mixtures and max(gains) == min(losses) == found.value


def test_the_published_table_has_its_equilibrium_in_fractions():
    table = read_table(TABLE4)
    found = solved(table.fractions())
    # B and TNBC against N and B: (8.6 · 9.5 - 5.8 · 5.2) / (8.6 + 9.5 - 5.8 - 5.2).
    assert found.value * 100 == Fraction("51.54") / Fraction("7.1") == Fraction(2577, 355)
    assert found.user == (0, 0, 0, Fraction(43, 71), 0, Fraction(28, 71))
    assert found.recogniser == (0, 0, Fraction(37, 71), Fraction(34, 71), 0, 0)


def test_a_thousand_tables_with_ties_agree_with_the_linear_program():
    tied = 0
    for seed in range(1000):
        rng = np.random.default_rng(seed)
        heads = int(rng.choice([2, 3, 7, 20]))
        counts = rng.integers(0, heads + 1, rng.integers(1, 9, 2))
        # Some rows and columns twice: then the block that determines an equilibrium is not given.
        counts = counts[rng.integers(len(counts), size=len(counts))]
        counts = counts[:, rng.integers(counts.shape[1], size=counts.shape[1])]
        rates = fractions(counts, heads)
        found = solved(rates)
        assert is_exact(rates, found), rates
        assert float(found.value) == pytest.approx(linear_program(counts / heads).value, abs=1e-9)
        tied += len(np.unique(counts)) < counts.size
    assert tied > 900


@pytest.mark.parametrize("n", [1, 2, 9, 30])
def test_a_diagonal_game_is_solved_in_proportion_to_the_inverses(n):
    rates = [[Fraction(i == j, i + 2) for j in range(n)] for i in range(n)]
    found = solved(rates)
    assert found.value == 1 / sum(Fraction(i + 2) for i in range(n))
    assert found.user == found.recogniser == tuple(found.value * (i + 2) for i in range(n))


@pytest.mark.parametrize("seed", range(30))
def test_an_equilibrium_is_found_from_any_mixtures(seed):
    rng = np.random.default_rng(seed)
    rates = fractions(rng.integers(0, 6, rng.integers(1, 10, 2)), 5)
    user, recogniser = (rng.dirichlet(np.full(size, 0.2)) for size in (len(rates), len(rates[0])))
    assert is_exact(rates, certify(rates, user, recogniser))


def test_what_floats_cannot_tell_apart_is_solved():
    tiny = Fraction(1, 10**30)
    rates = [[Fraction(3, 10) + (tiny if i == j else 0) for j in range(3)] for i in range(3)]
    found = solved(rates)
    assert found.user == found.recogniser == (Fraction(1, 3),) * 3
    assert found.value == Fraction(3, 10) + tiny / 3


def test_a_large_table_of_rates_with_other_heads_each_is_solved():
    rng = np.random.default_rng(0)
    heads = rng.integers(9000, 10000, (40, 40))
    rates = [[Fraction(int(rng.integers(n + 1)), int(n)) for n in row] for row in heads]
    found = solved(rates)
    assert is_exact(rates, found)
    assert found.value.denominator.bit_length() > 4000


def test_exchanges_end_with_a_sentence(monkeypatch):
    rates = fractions([[1, 0], [0, 1]], 1)
    pure = np.array([1.0, 0.0])
    assert certify(rates, pure, pure).value == Fraction(1, 2)
    monkeypatch.setattr(module, "EXCHANGES", 0)
    with pytest.raises(CertificateError, match=r"no exact equilibrium was found by 0 exchanges"):
        certify(rates, pure, pure)


@pytest.mark.parametrize("z", [(1, 0, 1, 0), (1, 1, 1, 0), (2, -1, 1, 0), (0, 0, 0, 0)])
def test_what_is_no_equilibrium_is_refused(z):
    rates = fractions([[1, 0], [0, 1]], 1)
    value = module.fmpq(1, 2)
    payoffs = [[module.fmpq(int(rate)) for rate in row] for row in rates]
    half = [value, value]
    assert module._checked(payoffs, half, half, value).value == Fraction(1, 2)
    for sides in ((z[:2], z[2:]), (z[2:], z[:2])):
        with pytest.raises(CertificateError, match="is no equilibrium of the table"):
            module._checked(payoffs, *([module.fmpq(p) for p in side] for side in sides), value)


@pytest.mark.parametrize("mixture", [("1/4", "1/4", "0"), ("1", "1/2", "-1/2")])
def test_what_is_no_mixture_is_refused_though_nobody_gains_by_deviating(mixture):
    rates = [[1, 0], [0, 1], [1, 0]]  # the value is 1/2
    half = module.fmpq(1, 2)
    payoffs = [[module.fmpq(rate) for rate in row] for row in rates]
    flipped = [[1 - rate for rate in column] for column in zip(*payoffs, strict=True)]
    x = list(map(module.fmpq, mixture))
    assert module._checked(payoffs, [half, half, module.fmpq(0)], [half, half], half)
    for game, sides in ((payoffs, (x, [half, half])), (flipped, ([half, half], x))):
        with pytest.raises(CertificateError, match="is no equilibrium of the table"):
            module._checked(game, *sides, half)


def test_a_table_of_too_many_rates_keeps_the_linear_programs_answer(monkeypatch):
    game = Table(("a", "b"), ("c", "d"), np.array([[0.0, 0.5], [0.5, 0.0]]))
    monkeypatch.setattr(module, "LARGEST", 3)
    found = solve(game)
    assert found.certificate is None
    assert found.why_inexact == "fractions are found for at most 3 rates, and the table has 4"
    assert found.value == pytest.approx(0.25)
    monkeypatch.setattr(module, "LARGEST", 4)
    assert solve(game).certificate is not None
