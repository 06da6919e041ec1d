"""How a game grew, beside a double oracle of a few lines."""

import csv
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from aip.errors import BadInput
from aip.game.equilibrium import Interval, solve
from aip.game.growth import COLUMNS, Solved, rounds, write_growth
from aip.game.table import Table
from aip.game.worth import Against, HeldOut, Worth


def minimax(rates):
    """Return the value and the user's mixture: the least v with pᵀ rates ≤ v for every column."""
    rows, columns = rates.shape
    found = linprog(
        [*[0] * rows, 1],
        A_ub=np.hstack([rates.T, -np.ones((columns, 1))]),
        b_ub=np.zeros(columns),
        A_eq=[[*[1] * rows, 0]],
        b_eq=[1],
        bounds=[*[(0, None)] * rows, (None, None)],
    )
    return found.fun, found.x[:-1]


def double_oracle(pool):
    """Return the value that the double oracle method ends at (McMahan et al. 2003)."""
    rows, columns = [0], [0]
    while True:
        restricted = pool[np.ix_(rows, columns)]
        value, p = minimax(restricted)
        q = minimax(-restricted.T)[1]
        row, column = int((pool[:, columns] @ q).argmin()), int((p @ pool[rows]).argmax())
        upper, lower = (p @ pool[rows])[column], (pool[:, columns] @ q)[row]
        if upper - lower < 1e-9:
            return value
        rows += [row] * (row not in rows)
        columns += [column] * (column not in columns)


def pools():
    rng = np.random.default_rng(5)
    for shape in ((12, 9), (5, 17), (8, 8), (15, 4)):
        yield rng.random(shape)
        yield rng.integers(0, 6, shape) / 5  # ties


@pytest.mark.parametrize("number", range(8))
def test_growth_by_best_responses_ends_where_a_double_oracle_and_the_whole_game_do(number):
    """The oracles' pool is hidden: each round shows one more row and one more column of it."""
    pool = [*pools()][number]
    whole = minimax(pool)[0]
    rows, columns, games, added = [0], [0], [], []
    for k in range(1, 60):
        names = [f"u{i}" for i in range(len(rows))], [f"r{i}" for i in range(len(columns))]
        table = Table(*map(tuple, names), pool[np.ix_(rows, columns)])
        games.append(Solved(table, solve(table)))
        if k > 1:
            last = rounds(games, added)[-1]
            # Best responses of a whole pool gain, or find nothing; and they bound its value.
            assert last.user.gain >= -1e-9
            assert last.recogniser.gain >= -1e-9
            assert last.lower - 1e-9 <= whole <= last.upper + 1e-9
            if last.user.gain + last.recogniser.gain < 1e-9:
                break
        found = games[-1].equilibrium
        rows.append(int((pool[:, columns] @ found.recogniser).argmin()))
        columns.append(int((found.user @ pool[rows[:-1]]).argmax()))
        added.append((f"u{len(rows) - 1}", [f"r{len(columns) - 1}"]))
    else:
        pytest.fail("it did not end")
    assert games[-1].equilibrium.value == pytest.approx(whole, abs=1e-8)
    assert double_oracle(pool) == pytest.approx(whole, abs=1e-8)


LARGE = np.array([[0.6, 0.9, 0.3], [0.2, 0.5, 0.7], [0.8, 0.7, 0.9]])


def solved(rates, **more):
    n, m = rates.shape
    table = Table(tuple("abc"[:n]), tuple("xyz"[:m]), rates)
    return Solved(table, replace(solve(table), **more))


def test_of_several_columns_of_a_round_the_best_is_its_response():
    large = LARGE[:2, [0, 2, 1]]
    first, last = rounds([solved(large[:1, :1]), solved(large)], [("b", ["y", "z"])])
    assert (first.user, first.recogniser, first.lower, first.upper) == (None, None, None, None)
    assert (last.user.name, last.recogniser.name) == ("b", "z")
    found = (last.user.gain, last.recogniser.gain, last.lower, last.upper)
    assert found == pytest.approx((0.4, 0.3, 0.2, 0.9))


def test_a_response_that_is_worse_than_what_there_was_gains_less_than_nothing():
    rates = np.array([[0.6, 0.3], [0.8, 0.9], [0.7, 0.9]])
    grown = rounds([solved(rates[:2, :1]), solved(rates)], [("c", ["y"])])
    assert (grown[1].user.gain, grown[1].recogniser.gain) == pytest.approx((-0.1, -0.3))
    # The mixtures of the game before still keep the other side to what they did.
    assert (grown[1].lower, grown[1].upper) == pytest.approx((0.6, 0.6))


@pytest.mark.parametrize("added", [("c", ["y", "z"]), ("b", ["y"]), ("b", ["z", "y"])])
def test_a_game_that_does_not_hold_what_its_round_added_is_refused(added):
    with pytest.raises(BadInput, match=r"growth: found the \w+ strategies .*, expected"):
        rounds([solved(LARGE[:1, :1]), solved(LARGE[:2])], [added])


def test_each_round_is_a_line(tmp_path):
    interval = Interval(0.1, 0.75, 0.95, 1000)
    worth = Worth(1, 5, Against(1, 1, 0), HeldOut(0.5, interval, 5), {"o": 0.3, "=w": 0.7})
    known = {"interval": interval, "worth": worth}
    games = [solved(LARGE[:1, :1]), solved(LARGE[:2, :2], **known)]
    write_growth(tmp_path / "growth.csv", rounds(games, [("b", ["y"])]))
    with (tmp_path / "growth.csv").open() as file:
        first, last = csv.DictReader(file)
    assert tuple(first) == COLUMNS
    assert {key: value for key, value in first.items() if value} == {
        "round": "0",
        "value": "60.0000",
        "rows": "1",
        "columns": "1",
    }
    assert last == {
        "round": "1",
        "value": "50.0000",
        "low": "10.0000",
        "high": "75.0000",
        "held_out": "50.0000",
        "held_out_low": "10.0000",
        "held_out_high": "75.0000",
        "worst_outside": "'=w",
        "outside": "70.0000",
        "rows": "2",
        "columns": "2",
        "user": "b",
        "user_gain": "40.0000",
        "recogniser": "y",
        "recogniser_gain": "30.0000",
        "lower": "20.0000",
        "upper": "90.0000",
    }
