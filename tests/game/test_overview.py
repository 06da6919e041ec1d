import csv
import math

import h5py
import numpy as np
import pytest

from aip.game.overview import Overview, read_overview, write_csv
from aip.perturb.perceptibility import MeanPerceptibility

SEEN = {
    "ga-a": MeanPerceptibility(80.5, 0.25, 90.0, 12.0, 30.5, 0.9),
    "ga-b": MeanPerceptibility(120.25, 0.5, 130.0, 14.0, 28.5, 0.8),
    "blur": MeanPerceptibility(300.0, None, 310.0, 99.0, None, 0.5),
}
TABLE = {
    "user": ["ga", "blur"],
    "recogniser": ["plain-a", "plain-b"],
    "cells": [["ga-a", "ga-b"], ["blur", "blur"]],
    "white_box": [[True, False], [False, False]],
}
COUNTS = [[(1, 8), (8, 8)], [(0, 5), (3, 7)]]  # recognised, heads


@pytest.fixture
def cells(tmp_path):
    """Cells, row by row, of 8, 8, 5 and 7 heads."""
    paths = []
    for recognised, heads in [count for row in COUNTS for count in row]:
        rng = np.random.default_rng(len(paths))
        label = rng.integers(0, 4, heads)
        predicted = (label + 1) % 4
        right = rng.permutation(heads)[:recognised]
        predicted[right] = label[right]
        paths.append(tmp_path / f"{len(paths)}.h5")
        with h5py.File(paths[-1], "w") as file:
            file["label"], file["predicted"] = label, predicted
            file["identities"] = np.arange(4)
    return paths


def wilson(k, n, z=1.959963984540054):
    centre, spread = (
        k / n + z**2 / (2 * n),
        z * math.sqrt(k / n * (1 - k / n) / n + z**2 / 4 / n**2),
    )
    return [(centre + sign * spread) / (1 + z**2 / n) for sign in (-1, 1)]


def test_an_overview_holds_each_cells_counts_row_by_row(cells):
    found = read_overview(cells, TABLE, SEEN)
    assert (found.rows, found.columns) == (("ga", "blur"), ("plain-a", "plain-b"))
    for entries, counts, users in zip(found.entries, COUNTS, TABLE["cells"], strict=True):
        for entry, (recognised, heads), user in zip(entries, counts, users, strict=True):
            assert (entry.recognised, entry.heads, entry.user) == (recognised, heads, user)
            assert entry.rate == recognised / heads
            assert [entry.low, entry.high] == pytest.approx(wilson(recognised, heads), abs=1e-9)
            assert entry.seen == SEEN[user]


def test_the_rate_before_publishing_is_that_of_a_white_box_alone(cells):
    found = read_overview(cells, TABLE, SEEN)
    assert [[e.unpublished for e in row] for row in found.entries] == [[0.25, None], [None, None]]


def test_an_overview_is_by_column_where_a_row_plays_more_than_one_strategy(cells):
    found = read_overview(cells, TABLE, SEEN)
    assert found.by_column
    assert not Overview(found.rows[1:], found.columns, found.entries[1:]).by_column


def test_an_overview_is_written_in_percent_and_what_is_unknown_empty(cells, tmp_path):
    write_csv(tmp_path / "rates.csv", read_overview(cells, TABLE, SEEN))
    with (tmp_path / "rates.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert list(lines[0])[:9] == [
        *("row", "recogniser", "user", "heads", "recognised", "rate", "low", "high", "unpublished")
    ]
    assert list(lines[0])[9:] == ["norm", "l2", "linf", "psnr", "ssim"]
    assert [(line["row"], line["recogniser"], line["user"]) for line in lines] == [
        ("ga", "plain-a", "ga-a"),
        ("ga", "plain-b", "ga-b"),
        ("blur", "plain-a", "blur"),
        ("blur", "plain-b", "blur"),
    ]
    assert [line["unpublished"] for line in lines] == ["25.0", "", "", ""]
    for line, (recognised, heads) in zip(lines, COUNTS[0] + COUNTS[1], strict=True):
        assert (line["heads"], line["recognised"]) == (str(heads), str(recognised))
        assert float(line["rate"]) == pytest.approx(100 * recognised / heads)
        interval = [float(line["low"]), float(line["high"])]
        assert interval == pytest.approx([100 * end for end in wilson(recognised, heads)], abs=1e-6)
    assert [line["psnr"] for line in lines] == ["30.5", "28.5", "", ""]
    assert [line["norm"] for line in lines] == ["80.5", "120.25", "300.0", "300.0"]
