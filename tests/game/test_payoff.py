"""Identification and verification at a false-match rate, beside NumPy and scikit-learn."""

from fractions import Fraction

import h5py
import numpy as np
import pytest
from sklearn.metrics import roc_curve

from aip.errors import BadInput
from aip.game.outcomes import gather_outcomes
from aip.game.overview import read_overview
from aip.game.payoff import Payoff, comparisons, read_thresholds, threshold
from aip.perturb.perceptibility import MeanPerceptibility
from aip.store.hdf5 import write_column, writing

PEOPLE = 6


def drawn(n, shift=0.0, seed=0):
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(n, PEOPLE)).round(2) + shift).astype(np.float32)  # with equal ones


@pytest.mark.parametrize("fmr", [0.002, 0.01, 0.1, 0.5, 0.9])
def test_a_threshold_is_the_lowest_of_the_roc_at_its_false_match_rate(fmr):
    genuine, impostors = drawn(300, 1.5, seed=1)[:, 0], drawn(200)
    found = threshold(impostors, fmr)
    truth = np.r_[np.ones(300), np.zeros(impostors.size)]
    fpr, tpr, at = roc_curve(truth, np.r_[genuine, impostors.ravel()], drop_intermediate=False)
    best = np.flatnonzero(fpr <= fmr)[-1]
    assert (impostors >= found).mean() == fpr[best]
    assert (genuine >= found).mean() == tpr[best]
    below = np.nextafter(found, np.float32(-np.inf))
    assert (impostors >= below).mean() > fmr
    assert at[best] >= found > at[best + 1]


def test_a_rate_is_the_decimal_that_is_written():
    scores = np.arange(100, dtype=np.float32)  # 0.29 * 100 is below 29 in binary
    assert (scores >= threshold(scores, 0.29)).sum() == 29


@pytest.mark.parametrize(("fmr", "needed"), [(0.001, 1000), (0.3, 4), (1e-6, 1_000_000)])
def test_a_threshold_takes_as_many_comparisons_as_give_one_false_match(fmr, needed):
    assert comparisons(fmr) == needed
    assert Fraction(str(fmr)) * needed >= 1 > Fraction(str(fmr)) * (needed - 1)
    if needed < 10_000:
        scores = drawn(needed)[:, 0]
        threshold(scores, fmr)
        with pytest.raises(BadInput, match=rf"fmr: found .* at least {needed:,} .*{needed - 1:,}$"):
            threshold(scores[1:], fmr)


@pytest.fixture
def write(tmp_path, provenance):
    """Write scores as a cell or as impostor scores: write(name, scores, split, label)."""

    def make(name, scores, split, label=None):
        path = tmp_path / f"{name}.h5"
        with writing(path, provenance()) as file:
            write_column(file, "scores", scores)
            write_column(file, "split", np.array(split, np.int8))
            write_column(file, "identities", np.array([f"p{k}" for k in range(PEOPLE)]))
            if label is not None:
                write_column(file, "id", np.arange(len(scores)))
                write_column(file, "label", label)
                write_column(file, "predicted", scores.argmax(1))
        return path

    return make


LABEL = np.random.default_rng(5).integers(0, PEOPLE, 40)
SPLIT = np.repeat([1, 0], 20)  # both directions


def counted(scores, thresholds, measure, rank):
    """A few lines of NumPy, a head at a time."""
    found = []
    for row, label, split in zip(scores.tolist(), LABEL, SPLIT, strict=True):
        ahead = sum(other > row[label] for other in row)
        ahead += sum(row[k] == row[label] for k in range(label))
        listed = ahead < rank if measure == "identify" else True
        found.append(listed and row[label] >= thresholds[split])
    return np.array(found)


@pytest.fixture
def cells(write):
    scores = [drawn(40, seed=seed) for seed in range(4)]
    for each in scores:
        each[np.arange(40), LABEL] += 1
    files = [write(f"c{k}", each, SPLIT, LABEL) for k, each in enumerate(scores)]
    others = [
        write(f"i{k}", drawn(60, 0.3 * k, seed=9 + k), np.repeat([1, 0], [40, 20]))
        for k in range(2)
    ]
    return scores, files, [others[k % 2] for k in range(4)]


@pytest.mark.parametrize("rank", [1, 2])
@pytest.mark.parametrize("measure", ["identify", "verify"])
def test_a_games_outcomes_are_counted_at_its_columns_thresholds(cells, measure, rank, monkeypatch):
    monkeypatch.setattr("aip.game.counting.BLOCK", 7)
    scores, files, impostors = cells
    payoff = Payoff(measure, 0.05)
    found = gather_outcomes(
        files, ["a", "b"], ["c"], ["x"], rank=rank, payoff=payoff, impostors=impostors
    )
    expected = []
    for each, path in zip(scores, impostors, strict=True):
        with h5py.File(path) as file:
            taken = {
                split: np.sort(file["scores"][file["split"][()] == split].ravel())
                for split in (0, 1)
            }
        # 5 % of 240 and of 120 scores: the 12th and the 6th highest are the lowest matches, unless
        # those below are equal.
        thresholds = {
            split: np.nextafter(values[-1 - len(values) // 20], np.float32(np.inf))
            for split, values in taken.items()
        }
        assert {k: float(v) for k, v in read_thresholds(path, 0.05).items()} == thresholds
        expected.append(counted(each, thresholds, measure, rank))
    assert np.array_equal(found.recognised[:, 0], np.array(expected)[::2])
    assert np.array_equal(found.met_outside[:, 0], np.array(expected)[1::2])
    assert 0.05 < found.recognised.mean() < 0.95


def test_a_table_that_is_not_solved_counts_alike_and_has_no_rate_before_publishing(cells):
    scores, files, impostors = cells
    table = {"user": ["a"], "recogniser": ["c"], "cells": [["a"]], "white_box": [[True]]}
    seen = {"a": MeanPerceptibility(0.0, 0.5, 0.0, 0.0, None, 1.0)}
    plain = read_overview(files[:1], table, seen)
    assert plain.entries[0][0].recognised == (scores[0].argmax(1) == LABEL).sum()
    assert plain.entries[0][0].unpublished == 0.5
    thresholds = {split: float(v) for split, v in read_thresholds(impostors[0], 0.1).items()}
    verified = {**table, "payoff": {"measure": "verify", "fmr": 0.1}}
    found = read_overview(files[:1], verified, seen, impostors[:1]).entries[0][0]
    assert found.recognised == counted(scores[0], thresholds, "verify", 1).sum()
    assert found.unpublished is None
    listed = read_overview(files[:1], {**table, "rank": 2}, seen).entries[0][0]
    assert plain.entries[0][0].recognised < listed.recognised < 40
