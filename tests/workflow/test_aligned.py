"""A small study with a recogniser that aligns heads, and a real detector."""

import json
import os

import h5py
import numpy as np
import pytest

DETECTOR = os.environ.get("AIP_CENTERFACE")

pytestmark = pytest.mark.skipif(
    DETECTOR is None, reason="AIP_CENTERFACE names no detector, CenterFace as an ONNX file"
)


def add_aligned(config):
    """Add a recogniser that aligns, one that learns on its net, and columns for both."""
    config["detector"] = "$AIP_CENTERFACE"
    config["attacked"]["heads"] = 6
    config["recognisers"]["face"] = {
        "arch": "mobilefacenet",
        "crop": "aligned",
        "training": {"epochs": 1, "batch_size": 16},
    }
    config["recognisers"]["wise"] = {"base": "face", "knows": ["on-face"]}
    config["user_strategies"]["on-face"] = {
        "method": "gaman",
        "against": ["small", "face"],
        "robust_to": "O1_T1",
        "steps": 2,
    }
    config["user_strategies"]["hidden"] = {"method": "black-box"}
    config["recogniser_strategies"] = {
        "strict": {"recogniser": "face", "process": "O1_C1", "not_found": "miss"},
        "lenient": {"recogniser": "face", "process": "O1_C1"},
        "wise": {"recogniser": "wise", "process": "O1"},
    }
    config["games"]["aligned"] = {
        "user": ["none", "on-face", "hidden"],
        "recogniser": ["proc", "strict", "lenient", "wise"],
    }


@pytest.fixture(scope="module")
def aligned(make_workflow):
    workflow = make_workflow()
    workflow.edit(add_aligned)
    workflow.run("results/smoke/games/aligned/table.md", "results/smoke/report/sheets/on-face.png")
    return workflow.folder / "results/smoke"


def cell(aligned, user, column):
    with h5py.File(aligned / f"cells/{user}/{column}.h5") as file:
        return {name: file[name][()] for name in file} | dict(file.attrs)


def test_faces_of_clean_heads_have_landmarks(aligned):
    said = json.loads((aligned / "landmarks.json").read_text())
    with h5py.File(aligned / "landmarks.h5") as file:
        landmarks, found = file["landmarks"][()], file["found"][()]
    assert said["heads"] == len(found)
    assert said["found"] == found.sum() > len(found) / 2
    eyes, mouth = landmarks[found][:, :2].mean(1), landmarks[found][:, 3:].mean(1)
    assert (eyes[:, 1] < mouth[:, 1]).mean() > 0.9
    assert np.isnan(landmarks[~found]).all()


def test_heads_without_a_face_are_not_recognised_where_a_column_says_so(aligned):
    for user in ("none", "on-face", "hidden"):
        strict, lenient = (cell(aligned, user, column) for column in ("strict", "lenient"))
        found = strict["found"]
        assert np.array_equal(np.isfinite(strict["scores"]).all(1), found)
        assert strict["recognition_rate"] == (strict["predicted"] == strict["label"]).mean()
        assert not (strict["predicted"] == strict["label"])[~found].any()
        assert lenient["found"].all()
    assert not cell(aligned, "hidden", "strict")["found"].any()
    assert cell(aligned, "none", "strict")["found"].any()


def test_the_table_says_in_how_many_heads_no_face_was_found(aligned):
    text = (aligned / "games/aligned/table.md").read_text()
    missed = 6 - cell(aligned, "none", "strict")["found"].sum()
    assert "Of 6 heads, no face was found in 6 of hidden × strict" in text
    assert (f"{missed} of none × strict" in text) == (missed > 0)


def test_heads_are_perturbed_through_the_warp(aligned):
    (shard,) = (aligned / "perturbations/on-face").glob("*.h5")
    with h5py.File(shard) as file:
        assert (file["last_loss"][()] < file["first_loss"][()]).mean() > 0.5
