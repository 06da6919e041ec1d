import numpy as np
import pytest

from aip.game.rank import is_within


@pytest.mark.parametrize("distinct", [2, 5, 10**6])
@pytest.mark.parametrize("rank", range(1, 7))
def test_the_list_is_the_start_of_a_stable_order(distinct, rank):
    rng = np.random.default_rng(distinct)
    scores = rng.integers(0, distinct, (400, 6)).astype(np.float32) - 3  # few values: many ties
    label = rng.integers(0, 6, 400)
    listed = np.argsort(-scores, axis=1, kind="stable")[:, :rank]
    assert np.array_equal(is_within(scores, label, rank), (listed == label[:, None]).any(axis=1))


def test_at_rank_1_it_is_what_a_cell_predicts():
    rng = np.random.default_rng(1)
    scores, label = rng.integers(0, 3, (300, 4)).astype(np.float32), rng.integers(0, 4, 300)
    assert np.array_equal(is_within(scores, label, 1), scores.argmax(axis=1) == label)


def test_a_list_of_everybody_holds_everybody():
    assert is_within(np.zeros((5, 3)), np.array([0, 1, 2, 2, 0]), 3).all()
