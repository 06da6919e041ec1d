import json
from fractions import Fraction

import numpy as np
import pytest

from aip.game.charge import Charges
from aip.game.comparison import compare, comparison_json
from aip.game.equilibrium import solve
from aip.game.table import Table
from aip.perturb.perceptibility import MeanPerceptibility
from aip.show import comparison, tables

TABLE = Table(("a", "b"), ("c", "d"), np.array([[0.2, 0.8], [0.6, 0.4]]))
COSTS = (Fraction("0.03"), Fraction("0.01")), (Fraction("0.005"), Fraction("0.025"))
SEEN = {name: MeanPerceptibility(1.0, None, 1.0, 1.0, 40.0, 0.9) for name in "ab"}


def solved(measure="l2", rate=0.01, draw=0.5):
    return solve(TABLE, Charges(measure, rate, draw, *COSTS))


def test_a_table_shows_what_each_strategy_costs_and_calls_the_guarantee_by_its_name():
    lines = [line.split() for line in tables.text(TABLE, solved()).splitlines()]
    assert lines[0][-2:] == ["charge", "(points)"]
    assert [line[-1] for line in lines[2:4]] == ["3.00", "1.00"]
    assert lines[4] == ["charge", "(points)", "0.50", "2.50"]
    assert lines[-1][-3:] == ["guarantee", "51.0000", "%"]
    assert "charge" not in tables.text(TABLE, solve(TABLE))


def test_the_sentence_says_the_rate_and_then_what_is_paid():
    said = tables.guarantee(solved())
    assert "is recognised in at most 51.00 % of heads, whichever" in said
    assert (
        "The game charges the user 0.01 points per unit of L2 norm and the recogniser 0.5 points "
        "per draw; no rate has these in it."
    ) in said
    assert (
        "the user pays 51.50 points, rate and charge, the recogniser gains 48.50, rate less "
        "charge, and the value of the charged game is 50.05. The equilibrium is unique."
    ) in said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("ssim", 20.0, 0.0), "charges the user 20 points per unit of 1 − SSIM; no rate"),
        ((None, 0.0, 0.25), "charges the recogniser 0.25 points per draw; no rate"),
    ],
)
def test_only_what_is_charged_is_named(given, said):
    assert said in tables.guarantee(solved(*given))


def test_a_charged_table_is_written_with_as_many_cells_in_each_row(tmp_path):
    for write, cells in ((tables.write_markdown, "|"), (tables.write_latex, "&")):
        path = tmp_path / write.__name__
        write(path, TABLE, solved(), SEEN)
        lines = [line for line in path.read_text().splitlines() if line.count(cells) > 2]
        assert len(lines) == (6 if cells == "|" else 5)
        assert len({line.count(cells) for line in lines}) == 1


def test_a_run_that_charges_is_compared_without_charges_and_says_what_it_charges():
    found = compare(TABLE, TABLE, {}, solved())
    assert found.run_equilibrium.value == pytest.approx(0.5)
    said = comparison.text(found)
    assert "The run's game charges; here, both games are compared without charges." in said
    assert "The game charges the user 0.01 points per unit of L2 norm" in said
    written = json.loads(comparison_json(found))["run_game"]
    assert written["value"] == pytest.approx(51)
    assert written["charge"]["user_pays"] == pytest.approx(51.5)
    plain = compare(TABLE, TABLE, {}, solve(TABLE))
    assert "charge" not in comparison.text(plain)
    assert json.loads(comparison_json(plain))["run_game"]["charge"] is None
