import json
from dataclasses import replace

import numpy as np
import pytest

from aip.game.equilibrium import (
    Interval,
    equilibrium_json,
    read_equilibrium,
    solve,
    write_equilibrium,
)
from aip.game.table import Table
from aip.game.worth import Against, HeldOut, Worth

TABLE = Table(("a", "b"), ("c", "d"), np.array([[0.2, 0.8], [0.6, 0.4]]))
SURE = Interval(0.1, 1 / 3, 0.95, 1000)
HELD = HeldOut(0.55, Interval(0.25, 0.75, 0.95, 1000), 5)
WORTH = Worth(3, 40, Against(6, 1, 2), HELD, {"jpeg": 0.25, "median": 0.5, "bits": 0.5})
KEYS = ("rank", "people", "against", "held_out", "outside", "worst_outside")


@pytest.mark.parametrize(
    "worth", [None, WORTH, replace(WORTH, held_out=None), replace(WORTH, outside={})]
)
def test_what_a_guarantee_is_worth_comes_back(tmp_path, worth):
    path, found = tmp_path / "e.json", replace(solve(TABLE), interval=SURE, worth=worth)
    write_equilibrium(path, TABLE, found)
    assert read_equilibrium(path, TABLE).worth == worth


def test_it_is_written_in_the_unit_of_the_value():
    found = replace(solve(TABLE), interval=SURE, worth=WORTH)
    written = json.loads(equilibrium_json(TABLE, found, "percent"))
    assert {key: written[key] for key in KEYS} == {
        "rank": 3,
        "people": 40,
        "against": {"processings": 6, "nets": 1, "learnt": 2},
        "held_out": {"value": pytest.approx(55), "interval": [25, 75], "folds": 5},
        "outside": {"jpeg": 25, "median": 50, "bits": 50},
        "worst_outside": "median",
    }
    written = json.loads(equilibrium_json(TABLE, found, "fraction"))
    assert written["held_out"] == {"value": 0.55, "interval": [0.25, 0.75], "folds": 5}
    assert written["outside"]["median"] == 0.5


def test_what_lacks_peoples_outcomes_says_nothing_of_it():
    written = json.loads(equilibrium_json(TABLE, solve(TABLE), "fraction"))
    assert [written[key] for key in KEYS] == [None] * 6
    alone = replace(solve(TABLE), worth=replace(WORTH, held_out=None, outside={}))
    written = json.loads(equilibrium_json(TABLE, alone, "fraction"))
    assert [written[key] for key in KEYS[3:]] == [None, {}, None]
