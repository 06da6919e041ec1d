import csv
from dataclasses import replace

import numpy as np
import pytest

from aip.errors import BadInput
from aip.game.equilibrium import solve
from aip.game.frontier import COLUMNS, Curve, Point, point, unchanged, write_frontier
from aip.game.interval import Interval
from aip.game.table import Table
from aip.game.worth import Against, HeldOut, Worth
from aip.perturb.perceptibility import MeanPerceptibility

TABLE = Table(("none", "b"), ("c", "d"), np.array([[0.2, 0.8], [0.6, 0.4]]))
SEEN = {
    "none": MeanPerceptibility(0.0, None, 0.0, 0.0, None, 1.0),
    "b": MeanPerceptibility(200.0, 0.1, 300.0, 30.0, 28.0, 0.9),
}
SURE, HELD = Interval(0.1, 0.625, 0.95, 1000), Interval(0.25, 0.75, 0.95, 1000)
WORTH = Worth(1, 40, Against(1, 1, 1), HeldOut(0.55, HELD, 5), {"jpeg": 0.25, "median": 0.625})


@pytest.mark.parametrize(
    ("measure", "expected"), [("l2", 0.75 * 300), ("norm", 0.75 * 200), ("ssim", 0.75 * 0.1)]
)
def test_a_mixture_is_as_visible_as_the_heads_that_are_drawn_from_it(measure, expected):
    found = point(400, "g", TABLE, solve(TABLE), measure, SEEN)
    assert found.visibility == pytest.approx(expected)  # it plays b three times of four
    assert found.rate == pytest.approx(0.5)
    assert (found.held_out, found.interval, found.outside) == (None, None, None)


def test_a_point_has_what_its_guarantee_is_worth():
    solved = replace(solve(TABLE), interval=SURE, worth=WORTH)
    found = point(400, "g", TABLE, solved, "l2", SEEN)
    assert (found.interval, found.held_out, found.held_out_interval) == (SURE, 0.55, HELD)
    assert (found.worst_outside, found.outside) == ("median", 0.625)


def test_a_row_without_the_measure_is_named():
    seen = {**SEEN, "b": MeanPerceptibility(None, None, None, None, None, None)}
    with pytest.raises(BadInput, match="user strategy b: found no l2"):
        point(400, "g", TABLE, solve(TABLE), "l2", seen)


def test_photos_as_they_are_meet_the_column_that_recognises_most():
    assert unchanged("g", TABLE, "none") == Point(0.0, "g", 0.0, 0.8)


def test_a_frontier_has_a_line_for_each_point_in_percent(tmp_path):
    found = Point(0.5, "f-0_5", 321.123456789, 0.5, SURE, 0.55, HELD, 0.625, "=median")
    curves = [Curve("start", (found,)), Curve("unchanged", (Point(0.0, "f-0_5", 0.0, 0.8),))]
    write_frontier(tmp_path / "f.csv", curves)
    first, last = csv.DictReader((tmp_path / "f.csv").open())
    assert tuple(first) == COLUMNS
    assert list(first.values()) == [
        *("start", "0.5", "f-0_5", "321.123", "50.0000", "10.0000", "62.5000"),
        *("55.0000", "25.0000", "75.0000", "62.5000", "'=median"),
    ]
    assert list(last.values()) == ["unchanged", "0", "f-0_5", "0", "80.0000", *([""] * 7)]
