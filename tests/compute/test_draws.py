import numpy as np
import pytest

from aip.compute.draws import generator


def test_the_same_key_gives_the_same_stream():
    first = generator(3, "noise", 7, 2).standard_normal(100)
    assert np.array_equal(first, generator(3, "noise", 7, 2).standard_normal(100))


KEYS = [
    (1, "noise", 7),
    (2, "noise", 7),
    (1, "blur", 7),
    (1, "noise", 8),
    (1, "noise", 7, 0),
    (1, "noise", "7"),
    (1, "noi", "se", 7),
    (17, "noise"),
    (1, 7, "noise"),
]


def test_every_part_of_the_key_matters_and_so_does_where_one_part_ends():
    first = [generator(*key).integers(2**63) for key in KEYS]
    assert len(set(first)) == len(KEYS)


def test_a_stream_does_not_depend_on_which_were_asked_for_before():
    forwards = {key: generator(*key).random(4).tolist() for key in KEYS}
    backwards = {key: generator(*key).random(4).tolist() for key in reversed(KEYS)}
    assert forwards == backwards


def test_a_stream_is_the_same_on_every_machine():
    assert generator(1, "blur", 7).integers(0, 1000, 5).tolist() == [104, 883, 604, 218, 298]


def test_draws_of_neighbouring_keys_are_uncorrelated():
    drawn = np.stack([generator(1, "noise", n).standard_normal(2000) for n in range(20)])
    others = np.corrcoef(drawn)[~np.eye(20, dtype=bool)]
    assert np.abs(others).max() < 0.12  # 5 standard errors
    assert drawn.mean() == pytest.approx(0, abs=0.02)
