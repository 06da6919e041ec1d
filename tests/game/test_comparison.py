import json
import re
from pathlib import Path

import numpy as np
import pytest
import yaml

from aip.errors import BadInput
from aip.game.comparison import compare, comparison_json, names_beside, read_names
from aip.game.table import Counts, Table, read_table

ROOT = Path(__file__).parents[2]
TABLE4 = ROOT / "resources/table4.csv"

PAPER = Table(("X", "Y"), ("P", "Q"), np.array([[0.1, 0.4], [0.3, 0.2]]))
# In another order, under other names, and with a row that the paper does not have.
RATES = np.array([[0.26, 0.3], [0.9, 0.9], [0.44, 0.35]])
RUN = Table(
    ("y", "none", "x"),
    ("Q", "p"),
    RATES,
    Counts(
        np.full((3, 2), 100),
        np.array([[26, 30], [90, 90], [44, 35]]),
        np.stack([RATES - 0.04, RATES + 0.04], axis=-1),
    ),
)
NAMES = {"user": {"x": "X", "y": "Y", "none": None, "another": "X"}, "recogniser": {"p": "P"}}


@pytest.fixture
def found():
    return compare(RUN, PAPER, NAMES)


def test_rates_are_matched_by_name_and_subtracted(found):
    assert (found.run.user, found.run.recogniser) == (("x", "y"), ("p", "Q"))
    assert found.difference * 100 == pytest.approx(np.array([[25, 4], [0, 6]]))
    assert found.farthest == (0, 0)
    assert found.left_out == ("none",)
    assert found.run.counts.recognised.tolist() == [[35, 44], [30, 26]]


def test_a_rate_on_the_edge_of_an_interval_lies_within_it(found):
    """The intervals reach 4 points to either side; the second rate differs by 4, the last by 6."""
    assert found.outside.tolist() == [[True, False], [False, True]]
    assert compare(PAPER, PAPER, {}).outside is None


def test_rank_agreement_is_spearmans(found):
    """Ranks 3 4 2 1 against 1 4 3 2: 1 − 6 · 6 / (4 · 15)."""
    assert found.rank_agreement == pytest.approx(0.4)
    even = Table(("X", "Y"), ("P", "Q"), np.full((2, 2), 0.5))
    assert compare(even, PAPER, {}).rank_agreement is None


def test_both_games_are_solved_without_what_the_paper_does_not_have(found):
    """The run's second row and first column are best; the paper's game has no such pair."""
    assert found.run_equilibrium.value == pytest.approx(0.3)
    assert found.paper_equilibrium.value == pytest.approx(0.25)
    assert found.paper_equilibrium.user == pytest.approx([0.25, 0.75])
    assert found.paper_equilibrium.recogniser == pytest.approx([0.5, 0.5])
    assert found.played("user") == (("Y",), ("X", "Y"))
    assert found.played("recogniser") == (("P",), ("P", "Q"))


def test_json_holds_it_all_in_percent(found):
    said = json.loads(comparison_json(found))
    first, *_, last = said["cells"]
    assert (first["user"], first["recogniser"], first["outside"]) == ("X", "P", True)
    assert (first["run"], first["paper"], first["difference"]) == pytest.approx((35, 10, 25))
    assert last["interval"] == pytest.approx([22, 30])
    assert said["mean_difference"] == pytest.approx(8.75)
    assert said["mean_absolute_difference"] == pytest.approx(8.75)
    assert said["largest_absolute_difference"] == pytest.approx(25)
    assert said["same_support"] == {"user": False, "recogniser": False}
    assert said["run"]["user"] == pytest.approx({"x": 0, "y": 1})
    assert said["paper"]["value"] == pytest.approx(25)
    assert said["names"] == {"user": {"x": "X", "y": "Y"}, "recogniser": {"p": "P", "Q": "Q"}}
    assert said["left_out"] == ["none"]


def test_the_mean_difference_keeps_its_sign_and_the_mean_of_sizes_does_not():
    lower = Table(PAPER.user, PAPER.recogniser, np.array([[0.05, 0.42], [0.3, 0.2]]))
    said = json.loads(comparison_json(compare(lower, PAPER, {})))
    assert said["mean_difference"] == pytest.approx(-0.75)
    assert said["mean_absolute_difference"] == pytest.approx(1.75)


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ({}, "the rows do not match: the run has y, none, x, the paper X, Y; say which is which"),
        ({"user": {**NAMES["user"], "x": "Z"}}, "x (in the paper Z), the paper X, Y"),
        ({"user": {**NAMES["user"], "x": None}}, "x (in the paper none), the paper X, Y"),
        ({"user": {**NAMES["user"], "x": "Y"}}, "y (in the paper Y), none (in the paper none)"),
        ({"user": {**NAMES["user"], "none": "X"}}, "none (in the paper X), x (in the paper X)"),
        ({"user": NAMES["user"]}, "the columns do not match: the run has Q, p, the paper P, Q"),
    ],
)
def test_strategies_without_their_one_match_are_refused(names, sentence):
    with pytest.raises(BadInput) as caught:
        compare(RUN, PAPER, names)
    assert sentence in str(caught.value)
    assert "--names" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("rows: {a: b}", "expected the keys user and recogniser, found {'rows'"),
        ("- user", "expected the keys user and recogniser"),
        ("user: [a, b]", "user: expected names by name, found ['a', 'b']"),
        ("user: {a: 3}", "expected a name and its name in the paper or null, found 'a': 3"),
        ("recogniser: {no: O}", "recogniser: expected a name .*found False: 'O'"),
        ("user: {", ", line 1: not YAML"),
        (None, "the names cannot be read"),
    ],
)
def test_names_that_cannot_be_used_are_refused_in_one_line(tmp_path, text, sentence):
    path = tmp_path / "n.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(BadInput) as caught:
        read_names(path)
    start, _, rest = sentence.partition(".*")
    assert start in str(caught.value)
    assert rest in str(caught.value)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("study", ["config.yaml", "configs/pipa.yaml"])
def test_the_shipped_names_match_each_studys_table_4_to_the_papers(study):
    game = yaml.safe_load((ROOT / study).read_text(encoding="utf-8"))["games"]["table4"]
    shape = (len(game["user"]), len(game["recogniser"]))
    run = Table(tuple(game["user"]), tuple(game["recogniser"]), np.zeros(shape))
    paper = read_table(TABLE4)
    found = compare(run, paper, read_names(names_beside(TABLE4)))
    rows = ["gaman", "gaman-T", "gaman-N", "gaman-B", "gaman-C", "gaman-TNBC"]
    columns = ["proc", "translate", "noise", "blur", "crop", "tnbc"]
    of_a_net = re.compile("-googlenet$")
    assert [of_a_net.sub("", name) for name in found.run.user] == rows
    assert [of_a_net.sub("", name) for name in found.run.recogniser] == columns
    assert set(found.left_out) <= {"none"}


def test_the_published_game_is_its_own():
    """The equilibrium that is published with the table; enumerated and by linear programming."""
    found = compare(read_table(TABLE4), read_table(TABLE4), {})
    for solved in (found.run_equilibrium, found.paper_equilibrium):
        assert solved.value == pytest.approx(0.072592, abs=5e-7)
        assert solved.user == pytest.approx([0, 0, 0, 0.6056, 0, 0.3944], abs=5e-5)
    assert not found.difference.any()
    assert found.rank_agreement == pytest.approx(1)
    assert found.played("recogniser") == (("N", "B"), ("N", "B"))
