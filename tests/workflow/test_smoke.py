"""A whole run of the smallest study, and what it leaves."""

import csv
import json

import h5py
import numpy as np
import pytest

from aip.game.bootstrap import interval
from aip.game.equilibrium import exploit
from aip.game.held_out import held_out
from aip.game.outcomes import read_outcomes
from aip.game.table import read_table


def cells(workflow):
    folder = workflow.folder / "results/smoke/cells"
    for path in sorted(folder.rglob("*.h5")):
        with h5py.File(path) as file:
            yield (
                path.relative_to(folder),
                {name: file[name][()] for name in file},
                dict(file.attrs),
            )


def test_a_run_ends_by_printing_what_it_found(study):
    (study.folder / "results/smoke/report/summary.txt").unlink()
    done = study.snakemake()
    assert done.returncode == 0
    said = (
        "Page, to open in a browser: results/smoke/report/index.html",
        "user plays",
        "recogniser plays",
        "Guarantee:",
        "Held out, ",
        "payoff.svg",
        "sheets/gaman.png",
    )
    for expected in said:
        assert expected in done.stdout


def test_planning_does_not_wait_for_pytorch(finished):
    done = finished.snakemake("--dry-run", PYTHONPROFILEIMPORTTIME="1")
    assert done.returncode == 0, done.stderr
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "aip.study.fingerprints" in loaded
    assert not loaded & {"torch", "torchvision", "sklearn", "matplotlib", "scipy"}


def test_a_cells_rate_is_that_of_its_labels_and_in_the_table(finished):
    game = finished.folder / "results/smoke/games/table4"
    table = read_table(game / "payoff.csv")
    outcomes = read_outcomes(game / "outcomes.h5", table)
    found = list(cells(finished))
    assert len(found) == 6
    for path, data, attributes in found:
        assert data["scores"].shape == (12, 6)
        assert (data["scores"].argmax(1) == data["predicted"]).all()
        rate = float((data["predicted"] == data["label"]).mean())
        assert attributes["recognition_rate"] == rate
        assert attributes["heads"] == 12
        i, j = table.user.index(path.parent.name), table.recogniser.index(path.stem)
        assert table.rates[i, j] == rate
        assert (table.counts.heads[i, j], table.counts.recognised[i, j]) == (12, round(12 * rate))
        assert np.array_equal(outcomes.recognised[i, j], data["predicted"] == data["label"])
        assert np.array_equal(outcomes.id, data["id"])
        assert np.array_equal(outcomes.identity, data["identities"].astype(str)[data["label"]])


def test_every_artifact_says_where_it_comes_from(finished):
    artifacts = list((finished.folder / "results/smoke").rglob("*.h5"))
    assert len(artifacts) == 16  # heads, features, svm, 6 shards, 6 cells, a game's outcomes
    for path in artifacts:
        with h5py.File(path) as file:
            assert json.loads(file.attrs["definition"]), path
            assert json.loads(file.attrs["versions"])["torch"], path
            assert file.attrs["seed"] == 1
            assert file.attrs["seconds"] > 0
            assert len(file.attrs["fingerprint"]) == 24


def test_the_equilibrium_is_one(finished):
    folder = finished.folder / "results/smoke/games/table4"
    table = read_table(folder / "payoff.csv")
    found = json.loads((folder / "equilibrium.json").read_text())
    user = np.array([found["user"][name] for name in table.user])
    recogniser = np.array([found["recogniser"][name] for name in table.recogniser])
    assert user.sum() == pytest.approx(1)
    assert recogniser.sum() == pytest.approx(1)
    assert exploit(table.rates, user, recogniser) <= 1e-9
    assert found["unit"] == "fraction"
    outcomes = read_outcomes(folder / "outcomes.h5", table)
    people = np.unique(outcomes.identity, return_inverse=True)[1]
    sure = interval(outcomes.recognised, people, seed=1)
    assert found["value_interval"] == [sure.low, sure.high]
    assert (found["confidence"], found["resamples"]) == (0.95, 1000)
    held = held_out(outcomes.recognised, people, 5, seed=1)
    assert found["held_out"]["value"] == held.value
    assert found["held_out"]["folds"] == 5
    assert (found["people"], found["rank"], found["outside"]) == (6, 1, {})
    assert found["against"] == {"processings": 2, "nets": 1, "learnt": 0}


def test_clean_heads_through_no_processing_are_recognised_as_the_card_says(finished):
    card = json.loads((finished.folder / "results/smoke/recognisers/small/card.json").read_text())
    rates = {str(path): attributes["recognition_rate"] for path, _, attributes in cells(finished)}
    assert rates["none/proc.h5"] == pytest.approx(card["recognition_rate"], abs=0.03)


def test_the_learning_curve_has_a_line_per_epoch(finished):
    path = finished.folder / "results/smoke/recognisers/small/curve.csv"
    lines = list(csv.DictReader(path.open()))
    assert [line["epoch"] for line in lines] == ["1", "2"]
