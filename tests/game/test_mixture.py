"""Mixtures that are answered, and what is drawn from them."""

import json

import numpy as np
import pytest

from aip.game.equilibrium import solve
from aip.game.mixture import draw, read_mixture, write_mixtures
from aip.game.table import Table

MIXTURE = {"never": 0.0, "a": 0.5, "b": 0.2, "rare": 0.0, "c": 0.3}


def test_strategies_are_drawn_as_often_as_they_are_played():
    drawn = draw(MIXTURE, 1, "enrolled", range(6000))
    share = {name: float((drawn == name).mean()) for name in MIXTURE}
    # Five standard deviations of 6,000 draws are 0.033 at most.
    assert share == pytest.approx(MIXTURE, abs=0.033)
    assert share["never"] == share["rare"] == 0


def test_a_draw_depends_on_seed_purpose_and_head_alone():
    all_of_them = draw(MIXTURE, 1, "enrolled", range(200))
    some = draw(MIXTURE, 1, "enrolled", [150, 3, 77])
    assert some.tolist() == all_of_them[[150, 3, 77]].tolist()
    for seed, purpose in ((2, "enrolled"), (1, "train")):
        assert draw(MIXTURE, seed, purpose, range(200)).tolist() != all_of_them.tolist()


def test_rounding_leaves_no_head_without_a_strategy(monkeypatch):
    """Probabilities may sum to a little less than 1, and a lot be just below 1."""

    class Last:
        def random(self):
            return np.nextafter(1, 0)

    monkeypatch.setattr("aip.game.mixture.generator", lambda *_: Last())
    thirds = {"a": 0.3, "b": 0.3, "c": 0.4 - 1e-12, "never": 0.0}
    assert draw(thirds, 1, "train", [1]).tolist() == ["c"]


def test_what_was_written_is_read(tmp_path, provenance):
    table = Table(("a", "b", "bad"), ("c", "d"), np.array([[0.0, 0.5], [0.25, 0.0], [0.9, 0.9]]))
    write_mixtures(tmp_path / "m.json", table, solve(table), provenance())
    assert read_mixture(tmp_path / "m.json", "user") == pytest.approx(
        {"a": 1 / 3, "b": 2 / 3, "bad": 0}
    )
    found = read_mixture(tmp_path / "m.json", "recogniser")
    assert [*found] == ["c", "d"]
    assert found == pytest.approx({"c": 2 / 3, "d": 1 / 3})
    assert json.loads((tmp_path / "m.json").read_text())["fingerprint"] == "f" * 24
