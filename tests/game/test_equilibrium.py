import json
import warnings
from dataclasses import replace
from fractions import Fraction
from itertools import combinations

import nashpy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linprog

from aip.game import certificate, uniqueness
from aip.game.equilibrium import (
    Interval,
    equilibrium_json,
    read_equilibrium,
    solve,
    write_equilibrium,
)
from aip.game.table import Table

# Oh et al. 2017, GoogLeNet; rows and columns O, T, N, B, C, TNBC, in percent.
PUBLISHED = """
4.0  6.6 15.0 22.2 16.7  9.9
2.5  2.3 11.6 18.5  7.2  4.9
5.8  7.6  4.6 23.6 16.6  9.1
0.4  0.8  8.6  5.8  3.1  1.4
2.6  2.2 11.8 18.1  3.4  4.3
0.7  0.9  5.2  9.5  3.2  2.0
"""
NAMES = ("O", "T", "N", "B", "C", "TNBC")


def table(rates) -> Table:
    rates = np.array(rates, dtype=float)
    users = tuple(f"u{i}" for i in range(len(rates)))
    recognisers = tuple(f"r{i}" for i in range(rates.shape[1]))
    return Table(users, recognisers, rates)


def value_by_vertices(rates: np.ndarray) -> float:
    """Return the value by trying every square subgame (Shapley and Snow 1950)."""
    n, m = rates.shape
    for k in range(1, min(n, m) + 1):
        for rows in combinations(range(n), k):
            for columns in combinations(range(m), k):
                # Equalise: xᵀA = v on the columns, A y = v on the rows.
                block = rates[np.ix_(rows, columns)]
                system = np.block([[block, -np.ones((k, 1))], [np.ones((1, k)), np.zeros((1, 1))]])
                right = np.append(np.zeros(k), 1)
                if abs(np.linalg.det(system)) < 1e-12:
                    continue
                y, x = (
                    np.linalg.solve(system, right),
                    np.linalg.solve(
                        np.block(
                            [[block.T, -np.ones((k, 1))], [np.ones((1, k)), np.zeros((1, 1))]]
                        ),
                        right,
                    ),
                )
                if min(x[:-1].min(), y[:-1].min()) < -1e-12:
                    continue
                full_x, full_y = np.zeros(n), np.zeros(m)
                full_x[list(rows)], full_y[list(columns)] = x[:-1], y[:-1]
                if (full_x @ rates).max() - (rates @ full_y).min() < 1e-9:
                    return float(y[-1])
    raise AssertionError


def is_unique(rates: np.ndarray, value: float) -> bool:
    """Say whether each optimal mixture is one point, by how far each probability can range."""
    for payoff in (rates, -rates.T):
        n, m = payoff.shape
        for i in range(n):
            ends = [
                linprog(
                    sign * np.eye(n)[i],
                    A_ub=payoff.T,
                    b_ub=np.full(m, (value if payoff is rates else -value) + 1e-11),
                    A_eq=np.ones((1, n)),
                    b_eq=[1],
                ).fun
                for sign in (1, -1)
            ]
            if -ends[1] - ends[0] > 1e-6:
                return False
    return True


def test_the_published_table_has_its_published_equilibrium():
    rates = np.array([line.split() for line in PUBLISHED.split("\n")[1:-1]], float) / 100
    found = solve(Table(NAMES, NAMES, rates))
    assert round(found.value * 100, 4) == 7.2592
    assert found.user.round(4).tolist() == [0, 0, 0, 0.6056, 0, 0.3944]
    assert found.recogniser.round(4).tolist() == [0, 0, 0.5211, 0.4789, 0, 0]
    assert found.unique is True
    assert found.exploitability <= 1e-9


@pytest.mark.parametrize(
    ("rates", "value", "user", "recogniser"),
    [
        ([[1, 0], [0, 1]], 1 / 2, [1 / 2, 1 / 2], [1 / 2, 1 / 2]),  # matching pennies
        (  # rock, paper, scissors
            [[0.5, 1, 0], [0, 0.5, 1], [1, 0, 0.5]],
            1 / 2,
            [1 / 3] * 3,
            [1 / 3] * 3,
        ),
        ([[0.3, 0.6], [0.1, 0.4]], 0.4, [0, 1], [0, 1]),  # a saddle point; row 0 is dominated
        ([[0.2, 0.8], [0.6, 0.4], [0.9, 0.9]], 0.5, [0.25, 0.75, 0], [0.5, 0.5]),
        ([[0.1, 0.4, 0.3]], 0.4, [1], [0, 1, 0]),  # the user has no choice
        ([[0.5], [0.2], [0.9]], 0.2, [0, 1, 0], [1]),  # the recogniser has none
        ([[0.7]], 0.7, [1], [1]),
    ],
)
def test_textbook_games_with_one_equilibrium(rates, value, user, recogniser):
    found = solve(table(rates))
    assert found.value == pytest.approx(value, abs=1e-12)
    assert found.user == pytest.approx(user, abs=1e-9)
    assert found.recogniser == pytest.approx(recogniser, abs=1e-9)
    assert found.unique is True


@pytest.mark.parametrize(
    ("rates", "value"),
    [
        ([[0.3, 0.3], [0.3, 0.3]], 0.3),  # constant
        ([[0, 0], [0, 0]], 0),
        ([[1, 1, 1]], 1),
        ([[0.2, 0.4, 0.4]], 0.4),  # two answers are as good
        ([[0.2], [0.2], [0.4]], 0.2),
        ([[1, 0], [0, 1], [1, 0]], 0.5),  # the same row twice
        ([[0.4, 0.2], [0.4, 0.6]], 0.4),  # a saddle point, held by several user mixtures
        ([[0.5, 0.5], [0.5, 0.2]], 0.5),
    ],
)
def test_games_with_several_equilibria_are_not_called_unique(rates, value):
    found = solve(table(rates))
    assert found.value == pytest.approx(value, abs=1e-12)
    assert found.exploitability <= 1e-9
    assert found.unique is False


@pytest.mark.parametrize("seed", range(40))
def test_uniqueness_agrees_with_how_far_the_optimal_mixtures_range(seed):
    rng = np.random.default_rng(seed)
    shape = rng.integers(1, 5, 2)
    rates = rng.integers(0, 4, shape) / 4  # few values, so that ties are common
    found = solve(table(rates))
    assert found.unique is is_unique(rates, found.value)


@pytest.mark.parametrize("shape", [(30, 30), (1, 30), (30, 1), (9, 4), (30, 7), (12, 25)])
@pytest.mark.parametrize("heads", [10**9, 20])
def test_no_side_can_gain_by_deviating(shape, heads):
    for seed in range(4):
        rates = np.random.default_rng(seed).integers(0, heads + 1, shape) / heads
        found = solve(table(rates))
        # The certificate, computed here: the best answer of each side to the other's mixture.
        assert max(found.user @ rates) - min(rates @ found.recogniser) <= 1e-9
        assert max(found.user @ rates) - found.value <= 1e-9
        for mixture in (found.user, found.recogniser):
            assert mixture.sum() == pytest.approx(1, abs=1e-12)
            assert mixture.min() >= 0
        assert found.unique is not None


@pytest.mark.parametrize("seed", range(12))
def test_the_value_is_that_of_vertex_enumeration(seed):
    rng = np.random.default_rng(seed)
    rates = rng.random(rng.integers(1, 6, 2))
    assert solve(table(rates)).value == pytest.approx(value_by_vertices(rates), abs=1e-9)


RATES = st.integers(0, 20).map(lambda k: k / 20)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.data())
def test_another_row_never_raises_the_value_and_another_column_never_lowers_it(data):
    n, m = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 5))
    rates = data.draw(arrays(float, (n + 1, m + 1), elements=RATES))
    value = solve(table(rates[:n, :m])).value
    assert solve(table(rates[:, :m])).value <= value + 1e-9
    assert solve(table(rates[:n])).value >= value - 1e-9


@pytest.mark.parametrize("others", [(), (0.0, 1.0)], ids=["alone", "beside others"])
def test_rates_that_differ_by_a_ten_thousandth_of_a_percent_are_told_apart(others):
    generator = np.random.default_rng(7)
    near = [0.3 + steps * 1e-6 for steps in range(5)]
    for _ in range(100):
        rates = generator.choice([*near, *others], size=generator.integers(2, 20, size=2))
        found = solve(table(rates))  # refuses what is exploitable by more than 1e-9
        assert rates.min() <= found.value <= rates.max()


# Rates so close together that Qhull's facets merge; in percent.
CLOSE = """
50.1 50.1 49.8 49.8 50.1 50.0 49.8 50.1
50.2 50.2 49.9 49.9 49.8 49.8 49.8 50.1
50.0 50.1 50.1 49.8 50.1 50.2 50.0 49.9
49.9 50.0 50.2 49.8 50.1 50.1 50.2 50.1
50.1 50.0 49.8 50.0 49.9 50.0 49.8 50.1
50.1 50.0 50.2 49.8 50.1 50.1 50.1 50.1
50.2 50.0 49.8 49.8 50.0 49.8 50.0 50.0
"""


def test_rates_on_which_vertex_enumeration_fails_have_an_equilibrium_that_is_told_unique():
    rates = np.array([line.split() for line in CLOSE.split("\n")[1:-1]], float) / 100
    found = solve(table(rates))
    assert max(found.user @ rates) - min(rates @ found.recogniser) <= 1e-9
    assert found.unique is is_unique(rates, found.value)


def by_enumeration(rates: np.ndarray) -> bool:
    """Say whether Nashpy's vertex enumeration finds one equilibrium."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # Nashpy warns of degenerate games
        pairs = list(nashpy.Game(2 - rates, 1 + rates).vertex_enumeration())
    found = [np.concatenate(pair) for pair in pairs]
    return all(np.allclose(found[0], other, atol=1e-7) for other in found)


DEGENERATE = {
    "few rates": lambda rng, shape: rng.integers(0, 3, shape) / 2,
    "208 heads": lambda rng, shape: rng.integers(90, 98, shape) / 208,
    "any rates": lambda rng, shape: rng.random(shape),
    "the same rows": lambda rng, shape: rng.random((2, shape[1]))[rng.integers(0, 2, shape[0])],
    "rank two": lambda rng, shape: rng.random((shape[0], 2)) @ rng.random((2, shape[1])) / 2,
}


@pytest.mark.parametrize("kind", DEGENERATE)
def test_uniqueness_agrees_with_vertex_enumeration(kind):
    told = set()
    for seed in range(25):
        rng = np.random.default_rng(seed)
        rates = DEGENERATE[kind](rng, rng.integers(2, 5, 2))
        told.add(solve(table(rates)).unique)
        assert solve(table(rates)).unique is by_enumeration(rates), rates
    assert told == ({True} if kind in ("any rates", "rank two") else {True, False})


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 1.0])
def test_uniqueness_does_not_depend_on_the_scale_of_rates(scale):
    for seed in range(30):
        rng = np.random.default_rng(seed)
        rates = rng.integers(0, 4, rng.integers(1, 5, 2)) / 3
        expected = solve(table(rates)).unique
        assert solve(table(0.3 + 0.7 * scale * rates)).unique in (expected, *([None] * (scale < 1)))


def test_what_cannot_be_told_is_not_said():
    # Without the ten millionth, every mixture of the first two rows is optimal.
    found = solve(table([[0.3, 0.3 + 1e-7], [0.3 + 1e-7, 0.3], [0.0, 1.0]]))
    assert found.unique is None
    assert found.value == pytest.approx(0.3 + 5e-8, abs=1e-12)
    assert found.solver == "linear program by HiGHS, fractions by FLINT"


@pytest.mark.parametrize(
    ("rates", "user"),
    [
        ([[0, 1], [1, 0]], [0.5 + 1e-9, 0.5 - 1e-9]),  # a little exploitable
        ([[1, 0], [0, 1e-6]], [1e-6 / (1 + 1e-6), 1 / (1 + 1e-6)]),  # it may as well be 0
    ],
)
def test_of_mixtures_that_may_be_off_nothing_is_told(rates, user):
    rates, mixture = np.array(rates, dtype=float), np.array(user)
    assert uniqueness.is_unique(rates, mixture, mixture) is None


def test_a_table_of_many_strategies_is_told_unique_or_not():
    rates = np.random.default_rng(0).random((60, 50))
    assert solve(table(rates)).unique is True
    assert solve(table(np.vstack([rates, rates]))).unique is False


def test_what_solved_a_game_is_said():
    told = "linear program by HiGHS, uniqueness by linear programs, fractions by FLINT"
    assert {solve(table(np.eye(*shape))).solver for shape in [(2, 3), (1, 3), (9, 9)]} == {told}


def test_an_equilibrium_is_written_in_fractions_and_comes_back(tmp_path):
    game = table([[0.2, 0.8], [0.6, 0.4], [0.9, 0.9]])
    found = solve(game)
    write_equilibrium(tmp_path / "e.json", game, found)
    written = json.loads((tmp_path / "e.json").read_text())
    assert written["value"] == pytest.approx(0.5)
    assert written["unit"] == "fraction"
    assert written["user"] == pytest.approx({"u0": 0.25, "u1": 0.75, "u2": 0})
    assert written["recogniser"] == pytest.approx({"r0": 0.5, "r1": 0.5})
    assert written["unique"] is True
    again = read_equilibrium(tmp_path / "e.json", game)
    assert np.array_equal(again.user, found.user)
    assert np.array_equal(again.recogniser, found.recogniser)
    assert (again.value, again.exploitability) == (found.value, found.exploitability)
    assert (again.unique, again.solver) == (found.unique, found.solver)
    assert json.loads(equilibrium_json(game, found, "percent"))["value"] == pytest.approx(50)


def test_a_values_interval_is_written_beside_it_and_comes_back(tmp_path):
    game = table([[0.2, 0.8], [0.6, 0.4]])
    sure = replace(solve(game), interval=Interval(0.1, 1 / 3, 0.95, 1000))
    for found in (sure, solve(game)):
        write_equilibrium(tmp_path / "e.json", game, found)
        assert read_equilibrium(tmp_path / "e.json", game).interval == found.interval
    found = json.loads((tmp_path / "e.json").read_text())
    assert [found[key] for key in ("value_interval", "confidence", "resamples")] == [None] * 3
    found = json.loads(equilibrium_json(game, sure, "fraction"))
    assert found["value_interval"] == [0.1, 1 / 3]
    assert (found["confidence"], found["resamples"]) == (0.95, 1000)
    found = json.loads(equilibrium_json(game, sure, "percent"))
    assert found["value_interval"] == pytest.approx([10, 100 / 3])
    assert found["confidence"] == 0.95


WRITTEN = replace(
    table([[0.2, 0.8], [0.6, 0.3]]),
    written=((Fraction(1, 5), Fraction(4, 5)), (Fraction(3, 5), Fraction(3, 10))),
)


def test_an_exact_equilibrium_is_written_as_fractions_and_comes_back(tmp_path):
    found = solve(WRITTEN)
    assert found.value == 14 / 30
    assert found.user.tolist() == [1 / 3, 2 / 3]
    assert found.recogniser.tolist() == [5 / 9, 4 / 9]
    assert (found.exploitability, found.why_inexact) == (0, None)
    write_equilibrium(tmp_path / "e.json", WRITTEN, found)
    written = json.loads((tmp_path / "e.json").read_text())
    assert (written["exact"], written["why_inexact"]) == (True, None)
    assert written["fractions"] == {
        "value": "7/15",
        "user": {"u0": "1/3", "u1": "2/3"},
        "recogniser": {"r0": "5/9", "r1": "4/9"},
    }
    assert read_equilibrium(tmp_path / "e.json", WRITTEN).certificate == found.certificate
    percent = json.loads(equilibrium_json(WRITTEN, found, "percent"))
    assert percent["fractions"] == {**written["fractions"], "value": "140/3"}


def test_an_equilibrium_that_is_not_exact_says_why(monkeypatch, tmp_path):
    monkeypatch.setattr(certificate, "EXCHANGES", -1)
    found = solve(WRITTEN)
    assert found.value == pytest.approx(14 / 30)
    assert found.certificate is None
    write_equilibrium(tmp_path / "e.json", WRITTEN, found)
    written = json.loads((tmp_path / "e.json").read_text())
    assert (written["exact"], written["fractions"]) == (False, None)
    assert written["why_inexact"].startswith("no exact equilibrium was found by")
    assert "FLINT" not in written["solver"]
    again = read_equilibrium(tmp_path / "e.json", WRITTEN)
    assert (again.certificate, again.why_inexact) == (None, written["why_inexact"])


def test_fractions_of_more_digits_than_python_reads_come_back(tmp_path):
    tiny = Fraction(1, 3**10000)
    game = replace(table([[0.0, 1.0], [1.0, 0.0]]), written=((tiny, 1), (1, Fraction(0))))
    found = solve(game)
    write_equilibrium(tmp_path / "e.json", game, found)
    assert found.certificate.value == 1 / (2 - tiny)
    assert read_equilibrium(tmp_path / "e.json", game).certificate == found.certificate
