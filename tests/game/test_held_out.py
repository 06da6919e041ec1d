import numpy as np
import pytest

from aip.errors import BadInput
from aip.game.bootstrap import draws
from aip.game.held_out import assigned, held_out
from aip.game.linear_program import linear_program

PEOPLE = np.repeat(np.arange(9), [1, 2, 3, 4, 9, 5, 1, 4, 2])[
    np.random.default_rng(3).permutation(31)
]


def drawn(shape, n=31, seed=0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.random((*shape, n)) < rng.uniform(0.2, 0.8, (*shape, 1)) * rng.uniform(0.4, 1.2, n)


def losses(recognised, people, folds, seed) -> np.ndarray:
    """Return the probability that each head is recognised in each column."""
    fold = assigned(people.max() + 1, folds, seed)[people]
    found = np.empty(recognised.shape[1:])
    for number in range(folds):
        rates = recognised[..., fold != number].mean(axis=2)
        user = linear_program(rates).user
        found[:, fold == number] = np.tensordot(user, recognised, 1)[:, fold == number]
    return found


@pytest.mark.parametrize("folds", [2, 3, 9])
@pytest.mark.parametrize("shape", [(3, 2), (2, 4), (1, 3), (5, 5)])
def test_each_head_is_met_by_the_mixture_of_the_other_folds(shape, folds):
    recognised = drawn(shape)
    found = held_out(recognised, PEOPLE, folds, 1)
    met = losses(recognised, PEOPLE, folds, 1)
    assert found.value == pytest.approx(met.mean(axis=1).max(), abs=1e-9)
    resampled = [
        (met @ counts).max() / counts.sum() for part in draws(PEOPLE, 1, 1000) for counts in part
    ]
    ends = np.quantile(resampled, [0.025, 0.975])
    assert (found.interval.low, found.interval.high) == pytest.approx(ends, abs=1e-9)
    assert (found.folds, found.interval.resamples) == (folds, 1000)


@pytest.mark.parametrize("heads", [1, 3])
def test_a_mixture_that_suits_only_those_on_whom_it_was_solved_is_found_out(heads):
    """Each row hides one of two people: solved on one of them, it is wrong for the other."""
    people = np.repeat([0, 1], heads)
    recognised = np.stack([people == 1, people == 0])[:, None]
    assert linear_program(recognised.mean(axis=2)).value == pytest.approx(0.5)
    found = held_out(recognised, people, 2, 1)
    assert (found.value, found.interval.low, found.interval.high) == (1, 1, 1)


def test_a_recogniser_plays_one_column_against_everybody():
    """Each column recognises all of one fold and none of the other."""
    fold = assigned(8, 2, 1)
    recognised = np.stack([fold == 0, fold == 1])[None]
    assert held_out(recognised, np.arange(8), 2, 1).value == 0.5


def test_where_people_are_alike_nothing_is_lost():
    one = drawn((4, 3), 6)
    people = np.repeat(np.arange(5), 6)
    found = held_out(np.tile(one, 5), people, 5, 1)
    assert found.value == pytest.approx(linear_program(one.mean(axis=2)).value, abs=1e-9)


def test_more_rows_than_the_heads_can_tell_apart_look_better_than_they_are():
    """All rows are alike on new people, so whichever is chosen is recognised in half of heads."""
    values, held = [], []
    for seed in range(20):
        recognised = np.random.default_rng(seed).random((30, 1, 40)) < 0.5
        values.append(linear_program(recognised.mean(axis=2)).value)
        held.append(held_out(recognised, np.arange(40), 5, seed).value)
    assert np.mean(values) < 0.36
    assert np.mean(held) == pytest.approx(0.5, abs=0.05)


def test_people_are_divided_evenly_and_by_the_seed():
    found = assigned(23, 5, 1)
    assert sorted(np.bincount(found)) == [4, 4, 5, 5, 5]
    assert np.array_equal(found, assigned(23, 5, 1))
    assert not np.array_equal(found, assigned(23, 5, 2))


@pytest.mark.parametrize(("people", "folds"), [(1, None), (2, 2), (4, 4), (5, 5), (12, 5)])
def test_unless_a_game_says_otherwise_there_are_five_folds_or_as_many_as_people(people, folds):
    found = held_out(drawn((2, 2), 24), np.arange(24) % people, None, 1)
    assert (found and found.folds) == folds


@pytest.mark.parametrize(("folds", "people"), [(10, 9), (2, 1)])
def test_fewer_people_than_folds_are_refused(folds, people):
    with pytest.raises(BadInput) as caught:
        held_out(drawn((2, 2)), PEOPLE % people, folds, 1)
    said = f"folds: found {folds}, expected from 2 to {people}, the number of people"
    assert str(caught.value) == said
