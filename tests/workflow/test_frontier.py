"""A game that charges, and a frontier of games that do, on the smoke study."""

import csv
import json

import numpy as np
import pytest

GAMES = ("games/f-500", "games/f-2000")
SOLVED = ("equilibrium.json", "table.md", "table.tex")
TRACED = {f"frontier/f/{file}" for file in ("frontier.csv", "frontier.svg", "summary.txt")}
MIXTURES = "games/f-2000/mixtures.json"
END = {"costs.csv", "report/index.html", "report/summary.txt"}


def add(config):
    strategy = {"against": "small", "method": "gaman", "steps": 2}
    config["user_strategies"]["ga"] = {**strategy, "epsilon": {"each": [2000, 500.0]}}
    visibility = {"measure": "l2", "rate": 0.2}
    config["games"]["g"] = {
        "user": ["none", "ga"],
        "recogniser": ["proc", "blur"],
        "charge": {"visibility": visibility, "draws": 0.75},
    }
    config["frontier"] = {"f": {"game": "g", "measure": "l2"}}


@pytest.fixture(scope="module")
def traced(finished, tmp_path_factory):
    """The smoke study with this frontier, its cells made and its games solved."""
    study = finished.copy(tmp_path_factory.mktemp("frontier") / "study")
    study.edit(add)
    targets = [f"results/smoke/{file}" for file in ("frontier/f/summary.txt", MIXTURES)]
    planned = study.plan(*targets)
    study.run(*targets)
    return study, planned


def test_a_frontier_makes_the_rows_of_its_families_and_their_games_alone(traced):
    _, planned = traced
    assert {path.split("/")[1] for path in planned if not path.startswith("games")} == {
        *("ga-500", "ga-2000", "f"),
    }
    assert {path.rpartition("/")[0] for path in planned if path.startswith("games")} == {*GAMES}


def test_both_sides_answer_each_other_best_for_what_they_pay(traced):
    study, _ = traced
    for name in GAMES:
        folder = study.folder / "results/smoke" / name
        found = json.loads((folder / "equilibrium.json").read_text())
        cells = {
            (line["user"], line["recogniser"]): float(line["rate"]) / 100
            for line in csv.DictReader((folder / "payoff.csv").open())
        }
        l2 = {
            line["user"]: float(line["l2"])
            for line in csv.DictReader((folder / "perceptibility.csv").open())
        }
        assert l2["none"] == 0
        rates = np.array([[cells[user, column] for column in ("proc", "blur")] for user in l2])
        c = 0.002 * np.array([*l2.values()])
        d = 0.0075 * np.array([1, 5])
        x = np.array([found["user"][user] for user in l2])
        y = np.array([found["recogniser"][column] for column in ("proc", "blur")])
        pays, gains = rates + c[:, None], rates - d
        assert x @ pays @ y == pytest.approx((pays @ y).min(), abs=1e-9)
        assert x @ gains @ y == pytest.approx((x @ gains).max(), abs=1e-9)
        assert found["value"] == pytest.approx((x @ rates).max(), abs=1e-9)
        assert found["charge"]["user_pays"] == pytest.approx(x @ pays @ y, abs=1e-9)
        assert found["charge"]["recogniser_gains"] == pytest.approx(x @ gains @ y, abs=1e-9)
        assert found["exact"] is True
        assert "The game charges the user 0.2 points per" in (folder / "table.md").read_text()


def test_who_answers_a_game_that_charges_meets_the_same_mixtures(traced):
    folder = traced[0].folder / "results/smoke"
    found = json.loads((folder / MIXTURES).read_text())
    solved = json.loads((folder / MIXTURES).with_name("equilibrium.json").read_text())
    for side in ("user", "recogniser"):
        assert found[side] == solved[side]


def test_its_points_are_those_of_its_games(traced):
    study, _ = traced
    folder = study.folder / "results/smoke"
    lines = list(csv.DictReader((folder / "frontier/f/frontier.csv").open()))
    assert [(line["kind"], line["epsilon"]) for line in lines] == [
        ("start", "500"),
        ("start", "2000"),
        ("unchanged", "0"),
    ]
    for line, name in zip(lines, GAMES, strict=False):
        found = json.loads((folder / name / "equilibrium.json").read_text())
        assert float(line["rate"]) == pytest.approx(found["value"] * 100, abs=1e-4)
        held = found["held_out"]["value"]
        assert float(line["held_out"]) == pytest.approx(held * 100, abs=1e-4)
        row = next(user for user in found["user"] if user != "none")
        assert row == f"ga-{line['epsilon']}"
        cost = found["charge"]["user"][row] / 0.002
        assert float(line["visibility"]) == pytest.approx(found["user"][row] * cost, rel=1e-5)
    assert "Epsilon 2000: a mean L2 norm" in (folder / "frontier/f/summary.txt").read_text()


def test_another_charge_makes_no_cell_and_no_table(traced, tmp_path):
    study = traced[0].copy(tmp_path / "study")
    target = "results/smoke/frontier/f/summary.txt"
    assert study.plan(target) == set()
    study.edit(lambda c: c["games"]["g"]["charge"].update(draws=0.5))
    solved = {f"{game}/{file}" for game in GAMES for file in SOLVED}
    assert study.plan(target) == solved | TRACED
    assert "frontier" in study.status().stdout


def test_the_summary_of_a_run_has_it_and_not_each_of_its_games(traced):
    study, _ = traced
    planned = study.plan()
    assert planned >= END
    assert not [path for path in planned if path.startswith(GAMES)]
    assert "games/g/payoff.svg" in planned


def test_its_files_are_checked(traced, tmp_path):
    study = traced[0].copy(tmp_path / "study")
    picture = study.folder / "results/smoke/frontier/f/frontier.svg"
    picture.write_text(picture.read_text().replace("unchanged", "changed"))
    study.edit(lambda c: c["frontier"]["f"].update(measure="ssim"))
    said = study.check().stdout.splitlines()
    damaged = "results/smoke/frontier/f/frontier.svg: frontier.svg differs from its checksum"
    assert any(line.startswith(damaged) for line in said), said
    for file in TRACED:
        other = f"results/smoke/{file}: it was made from something else than the config asks for"
        assert other in said
