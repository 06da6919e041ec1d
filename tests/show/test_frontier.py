from itertools import pairwise

import pytest
from matplotlib.figure import Figure

from aip.game.frontier import Curve, Point
from aip.game.interval import Interval
from aip.show.frontier import describe, draw, plot


def curve(kind, *points):
    """Points of epsilon, visibility, rate and held-out rate, with intervals of 0.1 both sides."""
    return Curve(
        kind,
        tuple(
            Point(
                *(epsilon, f"f-{epsilon}", seen, rate, around(rate)),
                *(held, None if held is None else around(held)),
            )
            for epsilon, seen, rate, held in points
        ),
    )


def around(rate):
    return Interval(rate - 0.1, rate + 0.1, 0.95, 1000)


START = curve("start", (400, 120, 0.5, 0.55), (1000, 250, 0.2, 0.25))
GROWN = curve("grown", (400, 125, 0.7, 0.72), (1000, 280, 0.4, 0.43))
UNCHANGED = Curve("unchanged", (Point(0, "f-400", 0, 0.96),))


@pytest.fixture
def drawn():
    def make(*curves):
        figure = Figure()
        plot(figure.add_subplot(), "f", "l2", curves)
        figure.draw_without_rendering()
        return figure.axes[0]

    return make


def test_every_point_is_where_its_rate_and_visibility_are(drawn):
    axes = drawn(START, GROWN, UNCHANGED)
    lines = {line.get_label(): line.get_xydata().round(9).tolist() for line in axes.lines}
    assert lines["game, in sample"] == [[120, 50], [250, 20]]
    assert lines["game, people held out"] == [[120, 55], [250, 25]]
    assert lines["grown game, in sample"] == [[125, 70], [280, 40]]
    assert lines["grown game, people held out"] == [[125, 72], [280, 43]]
    assert len({(line.get_marker(), line.get_markerfacecolor()) for line in axes.lines}) == 5
    ends = [[segment.tolist() for segment in each.get_segments()] for each in axes.collections]
    assert [[120, 45], [120, 65]] in [
        [[x, round(y, 9)] for x, y in segment] for each in ends for segment in each
    ]


def test_all_of_it_can_be_seen(drawn):
    axes = drawn(START, GROWN, UNCHANGED)
    inside = axes.get_window_extent()
    for line in axes.lines:
        for x, y in line.get_transform().transform(line.get_xydata()):
            assert inside.x0 <= x <= inside.x1
            assert inside.y0 <= y <= inside.y1
    named = [text.get_text() for text in axes.texts]
    assert named == ["ε 400", "ε 1000", "ε 400", "ε 1000"]
    assert "unchanged photos, 96.0 %" in [line.get_label() for line in axes.lines]


def test_intervals_at_one_visibility_do_not_hide_each_other(drawn):
    axes = drawn(START, curve("grown", (400, 120, 0.7, 0.72), (1000, 250, 0.4, 0.43)))
    places = sorted(line.get_transform().transform(line.get_xydata())[0][0] for line in axes.lines)
    assert min(b - a for a, b in pairwise(places)) > 2


def test_points_that_change_nothing_and_have_nobody_to_hold_out_are_drawn(drawn, tmp_path):
    plain = Curve("start", (Point(400, "f-400", 0.0, 0.9), Point(1000, "f-1000", 0.0, 0.9)))
    assert [line.get_label() for line in drawn(plain).lines] == ["game, in sample"]
    draw(tmp_path / "f.svg", "f", "ssim", [plain])
    assert "<svg" in (tmp_path / "f.svg").read_text()


def test_the_same_frontier_is_the_same_picture(tmp_path):
    for name in ("a.svg", "b.svg"):
        draw(tmp_path / name, "f", "norm", [START, GROWN, UNCHANGED])
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_the_summary_says_what_each_epsilon_costs_and_guarantees():
    first, plain, small, large = describe("f", "g", "l2", [START, GROWN, UNCHANGED]).splitlines()
    assert first == "Frontier f of the game g: what visibility is worth."
    assert plain == "Photos published as they are: recognised in 96.0 %."
    assert small == (
        "Epsilon 400: a mean L2 norm of 120 guarantees 50.0 % [40.0–60.0], held out 55.0 % "
        "[45.0–65.0]; grown, a mean L2 norm of 125 guarantees 70.0 % [60.0–80.0], held out 72.0 % "
        "[62.0–82.0]."
    )
    assert large.startswith("Epsilon 1000: a mean L2 norm of 250 guarantees 20.0 %")


def test_ssim_is_said_as_what_is_lost_of_it():
    said = describe("f", "g", "ssim", [curve("start", (400, 0.0317, 0.5, None))])
    assert "Epsilon 400: 1 − SSIM of 0.032 guarantees 50.0 % [40.0–60.0].\n" in said
