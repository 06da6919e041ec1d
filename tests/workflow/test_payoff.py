"""A whole run by cosine: games of identification and verification, and a table of both."""

import csv
import json

import h5py
import numpy as np
import pytest

STUDY = """
study: smoke
album: {train_identities: 5, val_identities: 4, heads_per_identity: 4}
head_size: [32, 32]
attacked: {direction: both}
thresholds: {heads: 12}
recognisers:
  small: {arch: mobilefacenet, input_size: null, classifier: cosine, training: {epochs: 0}}
  mean: {arch: mobilefacenet, classifier: centroid, training: {epochs: 0}}
user_strategies:
  gaman: {steps: 2, at: native}
  both: {method: gaman, against: [small, mean], steps: 1}
recogniser_strategies:
  proc: {recogniser: small, process: O1}
  noise: {recogniser: mean, process: N2}
games:
  table4:
    user: [none, gaman, both]
    recogniser: [proc, noise]
    outside: []
    payoff: {measure: identify, fmr: 0.1}
    folds: 2
  verified:
    user: [none, gaman, both]
    recogniser: [proc]
    outside: [noise]
    payoff: {measure: verify, fmr: 0.05}
    folds: 2
tables:
  verified: {user: [gaman], recogniser: [proc, noise], payoff: {measure: verify, fmr: 0.1}}
"""
GAME = ("payoff.csv", "outcomes.h5", "perceptibility.csv", "equilibrium.json", "table.md")
GAME += ("table.tex", "payoff.svg", "payoff.png")
END = {"costs.csv", "report/index.html", "report/summary.txt"}


@pytest.fixture(scope="module")
def verifying(make_workflow):
    workflow = make_workflow("configs/verifying.yaml")
    (workflow.folder / workflow.configfile).write_text(STUDY)
    workflow.run()
    return workflow


@pytest.fixture(scope="module")
def results(verifying):
    return verifying.folder / "results/smoke"


def lowest_match(results, column, split, fmr):
    """The lowest score that is a match, beside the false matches among sorted scores."""
    with h5py.File(results / f"impostors/{column}.h5") as file:
        scores = np.sort(file["scores"][file["split"][()] == split].ravel())
        assert scores.size == 12 * 4
    return scores[-1 - int(fmr * scores.size + 1e-9)]


def counted(results, user, column, measure, fmr):
    with h5py.File(results / f"cells/{user}/{column}.h5") as file:
        scores, label = file["scores"][()], file["label"][()]
        below = [lowest_match(results, column, split, fmr) for split in file["split"][()]]
    own = scores[np.arange(len(label)), label]
    right = scores.argmax(1) == label if measure == "identify" else True
    return int((right & (own > below)).sum())


@pytest.mark.parametrize(
    ("path", "row", "measure", "fmr"),
    [
        ("games/table4/payoff.csv", "user", "identify", 0.1),
        ("games/verified/payoff.csv", "user", "verify", 0.05),
        ("tables/verified/rates.csv", "row", "verify", 0.1),
    ],
)
def test_rates_are_counted_at_each_columns_threshold(results, path, row, measure, fmr):
    with (results / path).open() as file:
        lines = list(csv.DictReader(file))
    for line in lines:
        expected = counted(results, line[row], line["recogniser"], measure, fmr)
        assert int(line["recognised"]) == expected
    if path.startswith("games"):
        assert {line["payoff"] for line in lines} == {
            f"{measure} at {'rank 1 and ' if measure == 'identify' else ''}FMR {fmr:g}"
        }
    assert sum(int(line["recognised"]) for line in lines) > 0


def test_all_that_is_said_of_a_game_says_its_payoff(results):
    found = json.loads((results / "games/verified/equilibrium.json").read_text())
    assert found["payoff"] == {"measure": "verify", "fmr": 0.05}
    outside = sum(
        found["user"][user] * counted(results, user, "noise", "verify", 0.05) / 16
        for user in ("none", "gaman", "both")
    )
    assert found["outside"]["noise"] == pytest.approx(outside)
    summary = (results / "report/summary.txt").read_text()
    assert "Game verified: verification rate at a false-match rate of 0.05 in percent" in summary
    for name in ("table.md", "table.tex", "payoff.svg"):
        assert "erifi" in (results / "games/verified" / name).read_text()


def test_impostors_are_clean_heads_of_the_train_subset_as_the_column_processes_them(results):
    with h5py.File(results / "heads.h5") as file:
        train = set(file["id"][file["subset"].asstr()[()] == "train"].tolist())
    with (
        h5py.File(results / "impostors/proc.h5") as file,
        h5py.File(results / "recognisers/small/svm-reverse.h5") as gallery,
    ):
        assert set(file["id"][()].tolist()) <= train
        assert file["split"][()].tolist() == [1] * 12 + [0] * 12
        assert file.attrs["people"] == 5
        assert len(gallery["entries"]) == 8
        assert np.abs(file["scores"][()]).max() <= 1 + 1e-6
    with h5py.File(results / "impostors/noise.h5") as file:  # two draws
        assert 1 < file["scores"][()].max() <= 2 + 1e-6


def test_what_is_counted_makes_the_game_again_and_nothing_before_it(verifying):
    assert verifying.plan() == set()
    path = verifying.folder / verifying.configfile
    try:
        verifying.edit(lambda c: c["games"]["verified"]["payoff"].update(fmr=0.2))
        assert verifying.plan() == {f"games/verified/{name}" for name in GAME} | END
        verifying.edit(lambda c: c["games"]["verified"].update(payoff=None))
        assert verifying.plan() == {f"games/verified/{name}" for name in GAME} | END
        verifying.edit(lambda c: c["recogniser_strategies"]["noise"].update(process="B2"))
        assert {name for name in verifying.plan() if name.startswith("impostors")} == {
            "impostors/noise.h5"
        }
    finally:
        path.write_text(STUDY)
