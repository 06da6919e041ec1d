"""A study of recognisers that the user brings: an ONNX file, and code beside the study."""

import json

import h5py
import numpy as np
import onnx
import pytest
import torch

from aip.album.heads import open_heads
from aip.recognise.recogniser import to_input
from standins.onnx_files import arcface, computed

OWN = """
import torch
from torch import nn


def build():
    torch.manual_seed(0)
    return nn.Sequential(nn.AvgPool2d(4), nn.Flatten(), nn.Linear(192, 16))
"""


@pytest.fixture(scope="module")
def workflow(make_workflow):
    made = make_workflow()
    (made.folder / "face.onnx").write_bytes(arcface((32, 24)).SerializeToString())
    (made.folder / "own_faces.py").write_text(OWN)

    def bring(config):
        exact = {"precision": "float32", "training": {"epochs": 0}}
        bgr = {"mean": 127, "deviation": 100, "channels": "bgr"}
        config["recognisers"]["face"] = {"arch": "onnx:face.onnx", "normalise": bgr, **exact}
        own = {"arch": "module:own_faces:build", "input_size": 32}
        config["recognisers"]["own"] = {**own, **exact}
        both = {"method": "gaman", "against": ["face", "own"], "steps": 2}
        config["user_strategies"]["both"] = both
        config["recogniser_strategies"] = {
            "proc-face": {"recogniser": "face", "process": "O1"},
            "proc-own": {"recogniser": "own", "process": "O1"},
        }

    made.edit(bring)
    made.run("results/smoke/cells/both/proc-face.h5", "results/smoke/cells/both/proc-own.h5")
    return made


def test_features_of_a_study_are_those_of_onnxruntime(workflow):
    results = workflow.folder / "results/smoke"
    with h5py.File(results / "recognisers/face/features.h5") as file:
        found, ids = file["features"][()], file["id"][()]
    with open_heads(results / "heads.h5") as heads:
        shown = [heads.images[int(i)] for i in heads.positions(ids)]
    images = torch.stack([to_input(image, (32, 24)) for image in shown])
    x = ((images.numpy() - 127) / 100)[:, ::-1].copy()
    (expected,) = computed(onnx.load_model(workflow.folder / "face.onnx"), x.astype(np.float32))
    np.testing.assert_allclose(found, expected, atol=1e-4, rtol=1e-4)


def test_attacks_follow_the_gradient_of_both(workflow):
    results = workflow.folder / "results/smoke"
    for name in ("proc-face", "proc-own"):
        with h5py.File(results / f"cells/both/{name}.h5") as file:
            assert np.isfinite(file["scores"][()]).all()
    for shard in (results / "perturbations/both").glob("*.h5"):
        with h5py.File(shard) as file:
            assert float(np.min(file["norm"][()])) > 0
    card = json.loads((results / "recognisers/face/card.json").read_text())
    weights = onnx.load_model(workflow.folder / "face.onnx").graph.initializer
    assert card["parameters"] == sum(int(np.prod(weight.dims)) for weight in weights)


def test_an_edit_of_ones_own_code_makes_that_net_again_and_no_other(workflow):
    (workflow.folder / "own_faces.py").write_text(OWN + "\n\nscale = 2\n")
    planned = workflow.plan("results/smoke/cells/both/proc-own.h5")
    assert "recognisers/own/net.pt" in planned
    assert "recognisers/face/net.pt" not in planned
