import json
from fractions import Fraction

import nashpy
import numpy as np
import pytest

from aip.game import bootstrap, certificate, held_out
from aip.game.charge import Charges, charges
from aip.game.equilibrium import equilibrium_json, read_equilibrium, solve, write_equilibrium
from aip.game.table import Table

RATES = np.array([[0.2, 0.8], [0.6, 0.4]])


def table(rates):
    rows, columns = np.shape(rates)
    names = [f"u{i}" for i in range(rows)], [f"r{j}" for j in range(columns)]
    return Table(*map(tuple, names), np.asarray(rates, dtype=np.float64))


def some(user, recogniser):
    """Charges of so many fractions."""
    return Charges("l2", 1.0, 1.0, *(tuple(map(Fraction, side)) for side in (user, recogniser)))


def game(seed):
    """A random game, its charges, and both as arrays."""
    rng = np.random.default_rng(seed)
    rows, columns = rng.integers(1, 7, 2)
    # Whole percents, so that ties are common.
    rates = rng.integers(0, 101, (rows, columns)) / 100
    c, d = rng.integers(0, 60, rows) / 100, rng.integers(0, 60, columns) / 100
    return table(rates), some(map(str, c), map(str, d)), c, d


@pytest.mark.parametrize("seed", range(60))
def test_no_side_gains_by_deviating_in_the_game_of_both_sides_own_payoffs(seed):
    rates, charged, c, d = game(seed)
    found = solve(rates, charged)
    pays, gains = rates.rates + c[:, None], rates.rates - d
    x, y = found.user, found.recogniser
    assert x @ pays @ y <= (pays @ y).min() + 1e-12
    assert x @ gains @ y >= (x @ gains).max() - 1e-12
    assert found.charged.user_pays == pytest.approx(x @ pays @ y, abs=1e-12)
    assert found.charged.recogniser_gains == pytest.approx(x @ gains @ y, abs=1e-12)
    assert found.charged.value == pytest.approx(x @ (pays - d) @ y, abs=1e-12)
    assert found.value == pytest.approx((x @ rates.rates).max(), abs=1e-12)


@pytest.mark.parametrize("seed", range(12))
def test_every_equilibrium_of_both_sides_own_payoffs_is_one_of_the_zero_sum_game(seed):
    rng = np.random.default_rng(seed)
    rates, c, d = rng.random((3, 3)), rng.random(3) / 2, rng.random(3) / 2
    value = solve(table(rates), some(c, d)).charged.value
    zero_sum = rates + c[:, None] - d
    # Nashpy enumerates supports of the game in which both sides have their own payoffs.
    equilibria = list(nashpy.Game(-(rates + c[:, None]), rates - d).support_enumeration())
    assert equilibria
    for x, y in equilibria:
        assert (x @ zero_sum).max() == pytest.approx(value, abs=1e-9)
        assert (zero_sum @ y).min() == pytest.approx(value, abs=1e-9)


def test_a_charge_moves_both_mixtures_and_the_guarantee():
    found = solve(table(RATES), some(["0.03", "0.01"], ["0.005", "0.025"]))
    # Indifferent between the columns of [[0.225, 0.805], [0.605, 0.385]], and between its rows.
    assert found.user.tolist() == pytest.approx([0.275, 0.725])
    assert found.recogniser.tolist() == pytest.approx([0.525, 0.475])
    assert found.charged.value == pytest.approx(0.5005)
    assert found.value == pytest.approx(0.51)  # against the second column; without charges 0.5
    assert (found.exploitability, found.unique) == (0, True)


def test_dearer_rows_are_played_less_until_they_are_not_played():
    played = [
        solve(table(RATES), some([0, cost], [0, 0])).user[1]
        for cost in ("0", "0.1", "0.2", "0.39", "0.41")
    ]
    assert played == pytest.approx([0.75] * 4 + [0])
    # A price moves the mixture of the other side, until the row is no longer worth it.
    answers = [
        solve(table(RATES), some([0, cost], [0, 0])).recogniser[0] for cost in ("0", "0.1", "0.39")
    ]
    assert answers == pytest.approx([0.5, 0.375, 0.0125])


def test_a_charge_of_nothing_changes_nothing():
    plain = solve(table(RATES))
    free = solve(table(RATES), some([0, 0], [0, 0]))
    assert free.certificate == plain.certificate
    assert {free.charged.value, free.charged.user_pays, free.charged.recogniser_gains} == {0.5}


def test_what_is_charged_is_exact_for_the_decimals_in_which_it_is_written():
    definition = {"measure": "l2", "rate": 0.1, "draw": 0.7, "draws": [1, 21]}
    found = charges(definition, [Fraction("312.3"), Fraction(0)])
    assert found.user == (Fraction("0.3123"), 0)
    assert found.recogniser == (Fraction(7, 1000), Fraction(147, 1000))


def test_an_equilibrium_with_charges_is_exact():
    rates = Table(("a", "b"), ("c", "d"), RATES, written=tuple(
        tuple(map(Fraction, row)) for row in (("1/5", "4/5"), ("3/5", "2/5"))
    ))  # fmt: skip
    found = solve(rates, some(["0.03", "0.01"], ["0.005", "0.025"]))
    x, y = found.certificate.user, found.certificate.recogniser
    assert (x, y) == (
        (Fraction(11, 40), Fraction(29, 40)),
        (Fraction(21, 40), Fraction(19, 40)),
    )
    assert found.certificate.value == Fraction(51, 100)
    assert found.charged.fractions == (
        Fraction("0.5005"),
        Fraction("0.5005") + Fraction("0.0145"),
        Fraction("0.5005") - Fraction("0.0155"),
    )


def test_what_is_not_exact_says_why_and_what_it_comes_to(monkeypatch):
    exact = solve(table(RATES), some(["0.03", "0.01"], ["0.005", "0.025"]))
    monkeypatch.setattr(certificate, "LARGEST", 3)
    found = solve(table(RATES), some(["0.03", "0.01"], ["0.005", "0.025"]))
    assert found.certificate is None
    assert found.charged.fractions is None
    assert "the table has 4" in found.why_inexact
    for name in ("value", "user_pays", "recogniser_gains"):
        same = pytest.approx(getattr(exact.charged, name), abs=1e-9)
        assert getattr(found.charged, name) == same
    assert found.value == pytest.approx(exact.value, abs=1e-9)


@pytest.mark.parametrize("largest", [3, 4])
def test_charges_come_back(tmp_path, monkeypatch, largest):
    monkeypatch.setattr(certificate, "LARGEST", largest)
    found = solve(table(RATES), some(["1/3", "0.01"], ["0.005", "0.025"]))
    write_equilibrium(tmp_path / "e.json", table(RATES), found)
    again = read_equilibrium(tmp_path / "e.json", table(RATES))
    assert again.charged == found.charged
    assert again.value == found.value


def test_charges_are_written_by_name_in_the_unit_of_the_value():
    found = solve(table(RATES), some(["0.03", "0.01"], ["0.005", "0.025"]))
    written = json.loads(equilibrium_json(table(RATES), found, "percent"))["charge"]
    assert written["user"] == {"u0": 3, "u1": 1}
    assert written["recogniser"] == {"r0": 0.5, "r1": 2.5}
    assert written["user_pays"] == pytest.approx(51.5)
    assert written["recogniser_gains"] == pytest.approx(48.5)
    assert written["value"] == pytest.approx(50.05)
    assert written["fractions"]["recogniser"] == {"r0": "1/2", "r1": "5/2"}
    assert json.loads(equilibrium_json(table(RATES), solve(table(RATES)), "percent"))[
        "charge"
    ] is None  # fmt: skip


@pytest.fixture
def heads():
    """Outcomes of 2 × 2 strategies on 40 heads of 10 people, and charges."""
    recognised = np.random.default_rng(5).random((2, 2, 40)) < RATES[..., None]
    return recognised, np.repeat(np.arange(10), 4), np.array([[0.03, 0.01], [0.3, 0.28]])


def test_held_out_mixtures_are_solved_with_charges_and_play_for_rates(heads):
    recognised, people, charged = heads
    found = held_out.held_out(recognised, people, 5, 1, charged)
    fold, rates = held_out.assigned(10, 5, 1)[people], np.zeros(2)
    for k in range(5):
        met = recognised[..., fold != k].mean(2)
        x = solve(table(met), _matrix(charged)).user
        rates += x @ recognised[..., fold == k].sum(2) / 40
    assert found.value == pytest.approx(rates.max(), abs=1e-9)
    assert found.value != held_out.held_out(recognised, people, 5, 1).value


def test_the_interval_is_of_the_rate_that_a_charged_mixture_guarantees(heads):
    recognised, people, charged = heads
    found = bootstrap.values(recognised, people, 1, 20, charged)
    for value, counts in zip(found, np.vstack([*bootstrap.draws(people, 1, 20)]), strict=True):
        rates = (recognised * counts).sum(2) / counts.sum()
        again = solve(table(rates), _matrix(charged))
        assert value == pytest.approx((again.user @ rates).max(), abs=1e-9)
    plain = bootstrap.values(recognised, people, 1, 20)
    # What ignores a price guarantees less, and never more than the value.
    assert (found >= plain - 1e-9).all()
    assert (found > plain + 1e-6).any()


def _matrix(added):
    """Charges that add this matrix to rates."""
    return some(added[:, 0], added[0, 0] - added[0])
