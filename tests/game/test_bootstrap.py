import nashpy
import numpy as np
import pytest
from scipy.stats import binom

from aip.compute.draws import generator
from aip.game.bootstrap import draws, interval, values


def drawn(shape, n, seed=0) -> np.ndarray:
    """Draw outcomes of heads that differ in how hard they are, so that cells vary together."""
    rng = np.random.default_rng(seed)
    return rng.random((*shape, n)) < rng.uniform(0.2, 0.8, (*shape, 1)) * rng.uniform(0.4, 1.2, n)


def strangers(recognised) -> np.ndarray:
    """Give every head a person of its own, so that only heads are drawn."""
    return np.arange(recognised.shape[-1])


def two_by_two(rates) -> float:
    """Return the value in closed form: a saddle point, or else both sides mix."""
    (a, b), (c, d) = rates
    low, high = max(min(a, c), min(b, d)), min(max(a, b), max(c, d))
    return low if low == high else (a * d - b * c) / (a + d - b - c)


@pytest.mark.parametrize("seed", range(3))
def test_the_interval_is_that_of_brute_force_over_the_heads(seed):
    recognised = drawn((2, 2), 60, seed)
    found = []
    for number in range(1000):
        heads = generator(seed, "bootstrap", number).integers(60, size=60)
        found.append(two_by_two([[np.mean(cell[heads]) for cell in row] for row in recognised]))
    assert values(recognised, strangers(recognised), seed, 1000) == pytest.approx(found, abs=1e-9)
    found.sort()
    # Of 1,000 values the quantiles lie between the 25th and 26th, and the 975th and 976th.
    ends = interval(recognised, strangers(recognised), seed)
    assert found[24] - 1e-9 <= ends.low <= found[25] + 1e-9
    assert found[974] - 1e-9 <= ends.high <= found[975] + 1e-9
    assert (ends.confidence, ends.resamples) == (0.95, 1000)


def test_other_draws_give_nearly_the_same_interval():
    recognised, n = drawn((2, 2), 200, 4), 200
    rng = np.random.default_rng(9)
    tables = (recognised[..., rng.integers(n, size=n)].mean(axis=2) for _ in range(4000))
    low, high = np.quantile([two_by_two(rates) for rates in tables], [0.025, 0.975])
    found = interval(recognised, strangers(recognised), 1)
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.01)


@pytest.mark.parametrize(("k", "n"), [(21, 208), (104, 208), (3, 12), (0, 40), (40, 40)])
def test_one_cells_interval_is_the_binomials(k, n):
    recognised = (np.arange(n) < k)[None, None]
    found = interval(recognised, strangers(recognised), 1)
    expected = binom.ppf([0.025, 0.975], n, k / n) / n
    # The quantile of 1,000 draws is within a head or two of the distribution's.
    assert (found.low, found.high) == pytest.approx(expected, abs=2 / n)


def test_the_same_heads_are_drawn_in_all_cells():
    one = drawn((3, 1), 50)
    alone = values(one, strangers(one), 1, 100)
    assert values(np.repeat(one, 2, axis=1), strangers(one), 1, 100) == pytest.approx(
        alone, abs=1e-9
    )
    first = one[:1]
    # A row and its opposite: of the same heads their rates add up to 1.
    rates = values(first, strangers(first), 1, 100)
    both = values(np.concatenate([first, ~first]), strangers(first), 1, 100)
    assert both == pytest.approx(np.minimum(rates, 1 - rates), abs=1e-9)
    assert rates.std() > 0.01


def test_the_seed_and_the_heads_say_it_all():
    recognised, people = drawn((2, 3), 40), np.arange(40) % 9
    first = values(recognised, people, 1, 60)
    assert np.array_equal(first, values(recognised.copy(), people, 1, 60))
    assert np.array_equal(first[:20], values(recognised, people, 1, 20))
    assert not np.array_equal(first, values(recognised, people, 2, 60))
    assert len(np.unique(first)) > 10


def test_heads_that_are_all_alike_leave_no_doubt():
    recognised, people = np.ones((2, 2, 30), bool), np.repeat(np.arange(4), [1, 4, 9, 16])
    recognised[0, 0] = False
    recognised[1, 1] = False
    assert values(recognised, people, 1, 200) == pytest.approx(0.5, abs=1e-12)


@pytest.mark.parametrize("shape", [(1, 1), (1, 6), (6, 1), (5, 3), (20, 20)])
def test_a_resampled_games_value_is_nashpys(shape):
    recognised = drawn(shape, 12)
    for number, value in enumerate(values(recognised, strangers(recognised), 1, 4)):
        heads = generator(1, "bootstrap", number).integers(12, size=12)
        rates = recognised[..., heads].mean(axis=2)
        user, recogniser = nashpy.Game(2 - rates).linear_program()
        assert value == pytest.approx((user @ rates).max(), abs=1e-9)
        assert value == pytest.approx((rates @ recogniser).min(), abs=1e-9)


@pytest.mark.parametrize("held", [1, 3, 7])
def test_how_much_is_held_in_memory_changes_no_bit(monkeypatch, held):
    recognised, people = drawn((3, 2), 301), np.arange(301) % 40
    monkeypatch.setattr("aip.game.bootstrap.HELD", 1000)
    at_once = values(recognised, people, 1, 20)
    monkeypatch.setattr("aip.game.bootstrap.HELD", held)
    assert np.array_equal(values(recognised, people, 1, 20), at_once)


# Of seven people, numbered in another order than that of their heads.
PEOPLE = np.random.default_rng(3).permutation(np.repeat(np.arange(7), [1, 2, 3, 4, 9, 5, 1]))


def test_a_person_is_drawn_with_as_many_heads_as_the_person_has():
    counts = np.concatenate([*draws(PEOPLE, 1, 300)])
    assert counts.shape == (300, 25)
    sizes = np.bincount(PEOPLE)
    by_person = np.stack([np.bincount(PEOPLE, row) for row in counts])
    times = by_person / sizes
    assert np.array_equal(times, times.round())
    assert (times.sum(axis=1) == 7).all()  # as many people as there are, with replacement
    assert times.mean(axis=0) == pytest.approx(1, abs=0.15)
    assert times.max() >= 3
    # Of the heads of a person who is drawn once, each is missed with probability (1 − 1/9)⁹.
    nine = counts[times[:, 4] == 1][:, PEOPLE == 4]
    assert (nine == 0).mean() == pytest.approx((8 / 9) ** 9, abs=0.05)


def test_people_and_then_their_heads_are_drawn_in_all_cells():
    recognised = drawn((2, 2), 25, 5)
    rng, tables = np.random.default_rng(9), []
    own = [np.flatnonzero(person == PEOPLE) for person in range(7)]
    for _ in range(4000):
        heads = [rng.choice(own[p], len(own[p])) for p in rng.integers(7, size=7)]
        tables.append(recognised[..., np.concatenate(heads)].mean(axis=2))
    low, high = np.quantile([two_by_two(rates) for rates in tables], [0.025, 0.975])
    found = interval(recognised, PEOPLE, 1)
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.03)


def ends(recognised, people) -> np.ndarray:
    """Return the ends of one rate's interval, whose game need not be solved."""
    rates = [part @ recognised / part.sum(axis=1) for part in draws(people, 1, 1000)]
    return np.quantile(np.concatenate(rates), [0.025, 0.975])


@pytest.mark.parametrize(("k", "each"), [(1, 4), (2, 5)])
def test_where_people_are_alike_the_interval_is_that_of_heads(k, each):
    """The share of recognised heads is everybody's, and so the chance of each drawn head."""
    n, people = 40 * each, np.arange(40 * each) % 40
    expected = binom.ppf([0.025, 0.975], n, k / each) / n
    assert ends(np.arange(n) // 40 < k, people) == pytest.approx(expected, abs=2.5 / n)


def test_where_the_heads_of_a_person_are_alike_the_interval_is_that_of_people():
    """Of 40 people, 10 are always recognised, by all of their five heads."""
    people = np.repeat(np.arange(40), 5)
    found = ends(people < 10, people)
    assert found == pytest.approx(binom.ppf([0.025, 0.975], 40, 0.25) / 40, abs=1 / 40)
    assert np.ptp(ends(people < 10, np.arange(200))) < 0.6 * np.ptp(found)


def test_the_interval_holds_the_true_rate_about_as_often_as_it_says():
    """40 people with 5 heads each: all alike, or each with a rate of their own, 0.1 in the mean."""
    people, rng = np.repeat(np.arange(40), 5), np.random.default_rng(2)
    drawn_people, drawn_heads = (
        np.concatenate([*draws(who, 1, 1000)]) for who in (people, np.arange(200))
    )

    def held(counts, recognised) -> bool:
        rates = counts @ recognised / counts.sum(axis=1)
        low, high = np.quantile(rates, [0.025, 0.975])
        return low <= 0.1 <= high

    studies = [
        (
            held(drawn_people, differ := rng.random(200) < np.repeat(rng.beta(0.5, 4.5, 40), 5)),
            held(drawn_heads, differ),
            held(drawn_people, alike := rng.random(200) < 0.1),
            held(drawn_heads, alike),
        )
        for _ in range(300)
    ]
    people_differ, heads_differ, people_alike, heads_alike = np.mean(studies, axis=0)
    assert people_differ >= 0.94
    assert heads_differ <= 0.92  # too narrow where heads of one person are alike
    assert people_alike >= 0.97  # too wide where people are
    assert 0.92 <= heads_alike <= 0.98
