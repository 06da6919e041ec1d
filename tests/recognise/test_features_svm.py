import json

import h5py
import numpy as np
import pytest
import torch
from sklearn.svm import LinearSVC

from aip.album.heads import open_heads
from aip.recognise.card import write_recogniser_card
from aip.recognise.classifier import rate
from aip.recognise.features import read_features, write_features
from aip.recognise.nets import IMAGENET
from aip.recognise.nets.building import build
from aip.recognise.recogniser import normalise, to_input
from aip.recognise.svm import Svm, fit, write_svm


def clusters(identities: int, each: int = 12, spread: float = 1.0, dimension: int = 10):
    rng = np.random.default_rng(identities)
    centres = rng.standard_normal((identities, dimension)) * 2
    names = np.repeat([f"p{i}" for i in range(identities)], each)
    features = np.repeat(centres, each, 0) + spread * rng.standard_normal((len(names), dimension))
    order = rng.permutation(len(names))
    return features[order].astype(np.float32), names[order]


@pytest.mark.parametrize("identities", [2, 3, 12])
def test_each_identity_has_a_row_of_weights_and_the_highest_score_is_sklearns_answer(identities):
    features, names = clusters(identities, spread=2.0)
    svm = fit(features[::2], names[::2], seed=1)
    assert svm.weight.shape == (identities, 10)
    assert svm.bias.shape == (identities,)
    assert svm.identities.tolist() == sorted(set(names))
    machine = LinearSVC(C=1.0, random_state=1, max_iter=10_000).fit(features[::2], names[::2])
    predicted = svm.identities[(features @ svm.weight.T + svm.bias).argmax(1)]
    assert np.array_equal(predicted, machine.predict(features))
    expected = (machine.predict(features) == names).mean()
    assert expected < 1  # else an SVM of any other C would do
    assert rate(svm, features, names) == pytest.approx(expected)


def test_two_identities_have_opposite_scores():
    features, names = clusters(2)
    svm = fit(features, names, seed=1)
    assert np.array_equal(svm.weight[0], -svm.weight[1])
    assert svm.bias[0] == -svm.bias[1]


def test_the_svm_minimises_the_squared_hinge_loss_with_c_1_one_versus_rest():
    features, names = clusters(3, each=30, spread=2.0)
    svm = fit(features, names, seed=1)
    ones = np.hstack([features, np.ones((len(features), 1))]).astype(float)
    for k, name in enumerate(svm.identities):
        sign = np.where(names == name, 1.0, -1.0)
        w = np.append(svm.weight[k], svm.bias[k]).astype(float)
        slack = np.maximum(0, 1 - sign * (ones @ w))
        gradient = w - 2 * (slack * sign) @ ones  # of |w|²/2 + C Σ slack²
        scale = np.abs(2 * (slack * sign)[:, None] * ones).sum(0)
        assert np.abs(gradient / scale).max() < 1e-3


def test_the_rate_is_the_share_of_heads_whose_own_score_is_highest():
    svm = Svm(
        np.eye(3, dtype=np.float32), np.array([0, 0, 1], np.float32), np.array([*"abc"]), True
    )
    features = np.array([[3, 0, 0], [0, 3, 0], [0, 0, 3], [0.5, 0, 0]], np.float32)
    assert rate(svm, features, np.array([*"abca"])) == 0.75
    assert rate(svm, features, np.array([*"bcaa"])) == 0.0


def test_the_svm_says_whether_it_converged(monkeypatch):
    features, names = clusters(4)
    assert fit(features, names, seed=1).converged

    def hurried(**settings):
        return LinearSVC(**{**settings, "max_iter": 1})

    monkeypatch.setattr("aip.recognise.svm.LinearSVC", hurried)
    assert not fit(features, names, seed=1).converged


def test_an_svm_is_written_as_it_is(tmp_path, provenance):
    features, names = clusters(3)
    svm = fit(features, names, seed=1)
    write_svm(tmp_path / "svm.h5", svm, provenance())
    with h5py.File(tmp_path / "svm.h5") as file:
        assert np.array_equal(file["weight"], svm.weight)
        assert np.array_equal(file["bias"], svm.bias)
        assert file["identities"].asstr()[()].tolist() == ["p0", "p1", "p2"]
        assert file.attrs["converged"]


ROWS = [("t0", "train", None), ("t1", "train", None)] + [
    (f"p{i}", "val", split) for i in range(3) for split in (0, 0, 0, 1, 1, 1)
]
DEFINITION = {
    "arch": "squeezenet1_1",
    "feature_layer": None,
    "input_size": [32, 32],
    "precision": "float32",
}


@pytest.fixture
def written(tmp_path, heads_file, provenance):
    torch.manual_seed(3)
    net = build("squeezenet1_1", weights=None)
    torch.save(net.state_dict(), tmp_path / "net.pt")
    told = []
    with open_heads(heads_file(ROWS)) as heads:
        write_features(
            tmp_path / "features.h5",
            heads,
            "val",
            [],
            tmp_path / "net.pt",
            DEFINITION,
            provenance(),
            lambda total: (told.append(-total), told.append)[1],
        )
        inputs = {
            size: torch.stack([to_input(heads.images[i], (size, size)) for i in range(20)])
            for size in (16, 32)
        }
    assert told[0] == -18
    assert sum(told) == 0
    return tmp_path, net.eval(), inputs


def test_the_features_are_what_the_net_gives_for_each_head_of_the_subset(written):
    folder, net, inputs = written
    features, identity, split = read_features(folder / "features.h5")
    with torch.no_grad():
        expected = torch.cat([net(normalise(x[None], IMAGENET)) for x in inputs[32][2:]])
    assert features == pytest.approx(expected.numpy(), rel=1e-3, abs=1e-4)
    assert identity.tolist() == [row[0] for row in ROWS[2:]]
    assert split.tolist() == [row[2] for row in ROWS[2:]]
    with h5py.File(folder / "features.h5") as file:
        assert file["id"][()].tolist() == list(range(3, 21))


def test_lessons_follow_the_clean_heads_as_heads_of_the_same_people(
    tmp_path, heads_file, write_lesson, written, provenance
):
    folder, net, _ = written
    rng = np.random.default_rng(0)
    published = rng.integers(0, 256, (3, 20, 24, 3), dtype=np.uint8)
    lessons = [write_lesson("a", [16, 4], published[:2]), write_lesson("b", [9], published[2:])]
    with open_heads(heads_file(ROWS, "again")) as heads:
        write_features(
            tmp_path / "taught.h5",
            heads,
            "val",
            lessons,
            tmp_path / "net.pt",
            DEFINITION,
            provenance(),
            lambda _: lambda _: None,
        )
    with h5py.File(tmp_path / "taught.h5") as file, h5py.File(folder / "features.h5") as clean:
        assert file["id"][()].tolist() == [*range(3, 21), 16, 4, 9]
        rows = [*ROWS[2:], ROWS[15], ROWS[3], ROWS[8]]
        assert file["identity"].asstr()[()].tolist() == [row[0] for row in rows]
        assert file["split"][()].tolist() == [row[2] for row in rows]
        for name in ("features", "pixels"):
            assert np.array_equal(file[name][:18], clean[name])
        found, pixels = file["features"][18:], file["pixels"][18:]
    with torch.no_grad():
        shown = torch.stack([to_input(image, (32, 32)) for image in published])
        expected = torch.cat([net(normalise(x[None], IMAGENET)) for x in shown])
    assert found == pytest.approx(expected.numpy(), rel=1e-3, abs=1e-4)
    small = [to_input(image, (16, 16)).flatten().numpy() / 255 for image in published]
    assert pixels == pytest.approx(np.stack(small), abs=1e-6)


@pytest.mark.parametrize("rows", [4, 7, 1000])
def test_features_are_read_of_those_asked_for_however_many_at_once(written, monkeypatch, rows):
    folder, _, _ = written
    with h5py.File(folder / "features.h5", "r+") as file:
        file["clean"][[2, 13]] = False
        features, pixels = file["features"][()], file["pixels"][()]
        split, clean = file["split"][()], file["clean"][()]
    names = np.array([row[0] for row in ROWS[2:]])
    monkeypatch.setattr("aip.recognise.features.READ", rows)
    for asked, keys in (
        (split == 0, {"split": 0}),
        (clean, {"clean": True}),
        ((split == 1) & clean, {"split": 1, "clean": True}),
    ):
        found, identity, splits = read_features(folder / "features.h5", **keys, dtype=np.float64)
        assert found.dtype == np.float64
        assert np.array_equal(found, features[asked])
        assert identity.tolist() == names[asked].tolist()
        assert splits.tolist() == split[asked].tolist()
        found, _, _ = read_features(folder / "features.h5", "pixels", **keys)
        assert found.dtype == np.float32
        assert np.array_equal(found, pixels[asked])


def test_the_svm_is_the_same_to_the_bit_of_features_in_double_precision():
    features, names = clusters(3, spread=2.0)
    single, double = fit(features, names, seed=1), fit(features.astype(np.float64), names, seed=1)
    assert np.array_equal(single.weight, double.weight)
    assert np.array_equal(single.bias, double.bias)


def test_the_pixels_are_thumbnails_between_0_and_1(written):
    folder, _, inputs = written
    pixels, _, _ = read_features(folder / "features.h5", "pixels")
    assert pixels == pytest.approx(inputs[16][2:].flatten(1).numpy() / 255, abs=1e-6)


def test_the_card_says_how_well_the_recogniser_recognises_split_1(written, provenance):
    folder, net, _ = written
    features, identity, split = read_features(folder / "features.h5")
    svm = fit(features[split == 0], identity[split == 0], seed=1)
    curve = folder / "curve.csv"
    curve.write_text(
        "epoch,learning_rate,loss,accuracy,validation_accuracy,seconds\n"
        "1,0.1,2,0.5,0.2,3.5\n2,0.1,1,0.5,0.25,7.5\n"
    )
    write_recogniser_card(
        folder / "card.json",
        svm,
        folder / "features.h5",
        0,
        folder / "net.pt",
        curve,
        provenance(DEFINITION),
    )
    card = json.loads((folder / "card.json").read_text())
    scored = split == 1
    assert card["recognition_rate"] == rate(svm, features[scored], identity[scored])
    pixels, _, _ = read_features(folder / "features.h5", "pixels")
    machine = LinearSVC(C=1.0, random_state=1, max_iter=10_000).fit(
        pixels[~scored], identity[~scored]
    )
    assert card["pixel_rate"] == (machine.predict(pixels[scored]) == identity[scored]).mean()
    assert card["chance"] == pytest.approx(1 / 3)
    assert (card["identities"], card["enrolled_heads"], card["scored_heads"]) == (3, 9, 9)
    assert (card["arch"], card["feature_dimension"], card["input_size"]) == (
        "squeezenet1_1",
        512,
        [32, 32],
    )
    assert card["parameters"] == sum(p.numel() for p in net.parameters())
    assert (card["epochs"], card["validation_accuracy"]) == (2, 0.25)
    assert card["seconds"]["train"] == 7.5
    assert card["precision"] == "float32"


def test_the_card_scores_no_perturbed_head_that_another_direction_learns_from(written, provenance):
    folder, _, _ = written
    features, identity, split = read_features(folder / "features.h5")
    svm = fit(features[split == 1], identity[split == 1], seed=1)
    right = svm.identities[(features @ svm.weight.T + svm.bias).argmax(1)] == identity
    scored = np.flatnonzero(split == 0)
    assert 0 < right[scored].sum() < len(scored)  # else this test says little
    lesson = scored[right[scored]][0]
    with h5py.File(folder / "features.h5", "r+") as file:
        file["clean"][lesson] = False
    (folder / "curve.csv").touch()
    write_recogniser_card(
        folder / "card.json",
        svm,
        folder / "features.h5",
        1,
        folder / "net.pt",
        folder / "curve.csv",
        provenance(DEFINITION),
    )
    card = json.loads((folder / "card.json").read_text())
    assert card["recognition_rate"] == (right[scored].sum() - 1) / (len(scored) - 1)
    assert (card["enrolled_split"], card["scored_heads"]) == (1, len(scored) - 1)
