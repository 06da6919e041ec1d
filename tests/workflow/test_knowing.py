"""A whole run with recognisers that know, families, an ensemble, and a table that is not solved."""

import csv
import json

import h5py
import numpy as np
import pytest
import torch

# One shard of the attacked and the enrolled heads, two of the train heads.
STUDY = """
study: smoke
album: {train_identities: 10, val_identities: 4, heads_per_identity: 4}
head_size: [32, 32]
attacked: {shard_size: 24}
recognisers:
  small: {input_size: 32, training: {epochs: 2, batch_size: 16}}
  face: {arch: mobilefacenet, training: {epochs: 0}}
  retaught: {base: small, knows: [gaman-small]}
  tuned: {base: small, knows: [gaman-small], learns: net, training: {epochs: 1}}
user_strategies:
  gaman: {against: {each: [small, face]}, steps: 2}
  both: {method: gaman, against: [small, face], steps: 1, target: least-likely}
recogniser_strategies:
  plain: {recogniser: {each: [small, face, retaught, tuned]}, process: O1}
games:
  table4:
    user: [none, both]
    recogniser: [plain-small, plain-retaught]
    outside: [plain-tuned]
    rank: 2
    folds: 2
tables:
  methods: {user: [gaman], recogniser: [plain-small, plain-face]}
"""
TRAIN, OTHERS = ("000000-000023", "000024-000039"), "000000-000007"
LESSONS = {
    f"lessons/gaman-small/{part}.{kind}"
    for part in (*(f"train/{shard}" for shard in TRAIN), f"enrolled/{OTHERS}")
    for kind in ("h5", "json")
}
TABLE = {f"tables/methods/{name}" for name in ("rates.csv", "table.md", "table.tex")}
SUMMARY = {"costs.csv", "report/index.html", "report/summary.txt"}


@pytest.fixture(scope="module")
def knowing(make_workflow):
    workflow = make_workflow("configs/knowing.yaml")
    (workflow.folder / workflow.configfile).write_text(STUDY)
    workflow.run()
    return workflow


@pytest.fixture
def changed(knowing):
    """Plan after a change of the overlay, which is undone: plan(change)."""
    path = knowing.folder / knowing.configfile

    def plan(change):
        knowing.edit(change)
        return knowing.plan()

    yield plan
    path.write_text(STUDY)


@pytest.fixture(scope="module")
def results(knowing):
    return knowing.folder / "results/smoke"


def test_every_part_is_there_and_nothing_is_left_to_do(knowing, results):
    files = {str(p.relative_to(results)) for p in results.rglob("[!.]*") if p.is_file()}
    assert files >= LESSONS | TABLE | SUMMARY
    assert {f for f in files if f.startswith("lessons")} == LESSONS
    assert {f for f in files if f.startswith("cells")} == {
        *(f"cells/{u}/plain-{r}.h5" for u in ("none", "both") for r in ("small", "retaught")),
        *(f"cells/{u}/plain-tuned.h5" for u in ("none", "both")),
        *(f"cells/gaman-{r}/plain-{r}.h5" for r in ("small", "face")),
    }
    assert {f for f in files if f.endswith("net.pt")} == {
        f"recognisers/{name}/net.pt" for name in ("small", "face", "tuned")
    }
    assert knowing.plan() == set()


def svm(results, name):
    with h5py.File(results / f"recognisers/{name}/svm.h5") as file:
        return file["weight"][()]


def test_the_retaught_svm_is_another_on_features_of_the_same_net(results):
    with (
        h5py.File(results / "recognisers/small/features.h5") as base,
        h5py.File(results / "recognisers/retaught/features.h5") as retaught,
        h5py.File(results / f"lessons/gaman-small/enrolled/{OTHERS}.h5") as lesson,
    ):
        clean = len(base["id"])
        assert np.array_equal(retaught["features"][:clean], base["features"])
        assert retaught["id"][clean:].tolist() == lesson["id"][()].tolist()
        assert not np.array_equal(
            retaught["features"][clean:], base["features"][()][base["split"][()] == 0]
        )
    small, retaught = svm(results, "small"), svm(results, "retaught")
    assert small.shape == retaught.shape
    assert not np.array_equal(small, retaught)


def test_the_tuned_net_has_moved_a_little_from_the_base(results):
    small, tuned = (
        torch.load(results / f"recognisers/{name}/net.pt", weights_only=True)
        for name in ("small", "tuned")
    )
    far = [float((tuned[k] - v).norm() / v.norm()) for k, v in small.items() if v.dim() == 4]
    # The angle between random weights of so many dimensions is a right one: √2 away.
    assert 0 < max(far) < 0.7


def test_lessons_are_of_the_enrolled_and_the_train_heads_and_none_of_the_attacked(results):
    with h5py.File(results / "heads.h5") as file:
        subset, split = file["subset"].asstr()[()], file["split"][()]
        id_ = file["id"][()]

    def taught(*shards):
        ids = []
        for shard in shards:
            with h5py.File(results / f"lessons/gaman-small/{shard}.h5") as file:
                ids += file["id"][()].tolist()
        return ids

    train, enrolled = taught(*(f"train/{s}" for s in TRAIN)), taught(f"enrolled/{OTHERS}")
    assert train == id_[subset == "train"].tolist()
    assert enrolled == id_[(subset == "val") & (split == 0)].tolist()
    with h5py.File(results / "cells/both/plain-small.h5") as file:
        attacked = file["id"][()].tolist()
    assert sorted(attacked) == id_[(subset == "val") & (split == 1)].tolist()
    assert not {*train, *enrolled} & {*attacked}


def test_the_train_heads_are_perturbed_against_an_svm_that_knows_them(results):
    with h5py.File(results / "recognisers/small/teacher.h5") as file:
        names = file["identities"].asstr()[()].tolist()
    with h5py.File(results / "heads.h5") as file:
        train = file["identity"].asstr()[()][file["subset"].asstr()[()] == "train"]
    assert names == sorted(set(train))
    for shard in TRAIN:
        with h5py.File(results / f"lessons/gaman-small/train/{shard}.h5") as file:
            assert (file["norm"][()] > 0).all()
            assert (file["last_loss"][()] < file["first_loss"][()]).mean() > 0.5


def test_a_familys_row_holds_each_members_cell(results):
    with (results / "tables/methods/rates.csv").open() as file:
        lines = list(csv.DictReader(file))
    assert [(li["row"], li["recogniser"], li["user"]) for li in lines] == [
        ("gaman", f"plain-{name}", f"gaman-{name}") for name in ("small", "face")
    ]
    for line in lines:
        path = f"cells/{line['user']}/{line['recogniser']}.h5"
        with h5py.File(results / path) as file:
            rate = float((file["predicted"][()] == file["label"][()]).mean())
        with h5py.File(results / f"perturbations/{line['user']}/{OTHERS}.h5") as file:
            unpublished = float(file["unpublished"][()].mean())
        assert float(line["rate"]) == pytest.approx(100 * rate)
        assert float(line["unpublished"]) == pytest.approx(100 * unpublished)


def test_an_ensemble_is_against_all_its_members(results):
    with h5py.File(results / f"perturbations/both/{OTHERS}.h5") as file:
        assert json.loads(file.attrs["definition"])["against"] == ["small", "face"]


def test_a_game_says_what_its_guarantee_is_worth(results):
    found = json.loads((results / "games/table4/equilibrium.json").read_text())
    assert (found["rank"], found["people"], found["held_out"]["folds"]) == (2, 4, 2)
    assert found["against"] == {"processings": 1, "nets": 1, "learnt": 1}
    rates = []
    for user in ("none", "both"):
        with h5py.File(results / f"cells/{user}/plain-tuned.h5") as file:
            first = np.argsort(-file["scores"][()], axis=1, kind="stable")[:, :2]
            rates.append((first == file["label"][()][:, None]).any(axis=1).mean())
    rate = found["user"]["none"] * rates[0] + found["user"]["both"] * rates[1]
    assert found["outside"] == {"plain-tuned": pytest.approx(rate)}
    said = "the worst, plain-tuned, recognises"
    for text in ("games/table4/table.md", "games/table4/table.tex", "report/summary.txt"):
        assert said in (results / text).read_text()
    with (results / "games/table4/payoff.csv").open() as file:
        assert {line["recogniser"] for line in csv.DictReader(file)} == {
            "plain-small",
            "plain-retaught",
        }


def test_another_known_strategy_remakes_lessons_and_who_knows_it_and_not_the_base(changed):
    planned = changed(lambda c: c["user_strategies"]["gaman"].update(epsilon=500))
    tuned = ("net.pt", "curve.csv", "curve.svg", "features.h5", "svm.h5", "card.json")
    members = ("gaman-small", "gaman-face")
    game = ("payoff.csv", "outcomes.h5", "perceptibility.csv", "equilibrium.json")
    game += ("table.md", "table.tex", "payoff.svg", "payoff.png")
    assert planned == {
        *LESSONS,
        *(f"recognisers/tuned/{name}" for name in tuned),
        *(f"recognisers/retaught/{name}" for name in ("features.h5", "svm.h5", "card.json")),
        *(f"cells/{u}/plain-{r}.h5" for u in ("none", "both") for r in ("retaught", "tuned")),
        *(f"perturbations/{u}/{OTHERS}.{kind}" for u in members for kind in ("h5", "json")),
        *(f"cells/gaman-{r}/plain-{r}.h5" for r in ("small", "face")),
        *(f"report/sheets/{u}.png" for u in members),
        *(f"report/heads/{u}{kind}" for u in ("none", "both", *members) for kind in ("", ".json")),
        *(f"games/table4/{name}" for name in game),
        *TABLE,
        *SUMMARY,
    }


def test_a_renamed_table_makes_only_the_table(changed):
    planned = changed(lambda c: c["tables"].update(renamed=c["tables"].pop("methods")))
    assert planned == {name.replace("methods", "renamed") for name in TABLE} | SUMMARY
