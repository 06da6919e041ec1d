from aip.game.frontier import Curve, Point, write_frontier
from aip.game.interval import Interval
from aip.show.page import parts


def test_a_frontier_has_its_points_in_percent_and_its_sentences(tmp_path):
    folder = tmp_path / "price"
    sure = Interval(0.1, 0.3, 0.95, 1000)
    points = (
        Point(500.0, "g-500", 120.5, 0.4, sure, 0.45, sure, None),
        Point(1000.0, "g-1000", 322.958, 0.2, sure, 0.25, sure, 0.3, "jpeg"),
    )
    write_frontier(
        folder / "frontier.csv",
        [Curve("start", points), Curve("unchanged", (Point(0.0, "g-500", 0.0, 0.9),))],
    )
    (folder / "summary.txt").write_text("Frontier price.\nPhotos: 90 %.\n")
    found = parts.frontier(folder)
    assert (found.name, found.said) == ("price", ("Photos: 90 %.",))
    lines = {line.label: [(dot.x, dot.y) for dot in line.dots] for line in found.chart.lines}
    assert lines == {
        "game, in sample": [(120.5, 40.0), (322.958, 20.0)],
        "game, held out": [(120.5, 45.0), (322.958, 25.0)],
        "unchanged photos": [(0.0, 90.0)],
    }
    assert [x for x, _ in found.chart.numbers()] == [0.0, 120.5, 322.958]
    assert "322.958" in found.chart.svg


def test_a_learning_curve_leaves_out_what_was_not_measured(tmp_path):
    path = tmp_path / "small" / "curve.csv"
    path.parent.mkdir()
    path.write_text("epoch,accuracy,validation_accuracy\n1,0.1,nan\n2,0.5,0.3\n")
    found = parts.learning(path)
    assert [[(dot.x, dot.y) for dot in line.dots] for line in found.chart.lines] == [
        [(1.0, 10.0), (2.0, 50.0)],
        [(2.0, 30.0)],
    ]


def test_costs_are_summed_by_rule_the_longest_first(tmp_path):
    path = tmp_path / "costs.csv"
    path.write_text("rule,wildcards,seconds,peak_mib\na,1,2,\nb,,6,50\na,2,2,70\n")
    found = [(c.rule, c.jobs, c.seconds, c.share, c.peak) for c in parts.costs(path)]
    assert found == [("b", 1, 6.0, 0.6, 50.0), ("a", 2, 4.0, 0.4, 70.0)]
