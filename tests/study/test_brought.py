"""Recognisers that users bring: what is checked in planning, and what makes artifacts again."""

import copy
import subprocess
import sys

import numpy as np
import pytest
import torch
import yaml
from onnx import helper

from aip.errors import BadInput
from aip.recognise.nets.building import build, load
from aip.store.checkout import ROOT
from aip.store.state import write_state
from aip.study.fingerprints import Study
from standins.onnx_files import arcface, model

SCHEMA = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text(encoding="utf-8"))
CONFIG = {
    "study": "tiny",
    "album": {
        "source": "synthetic",
        "train_identities": 3,
        "val_identities": 2,
        "heads_per_identity": 2,
    },
    "recognisers": {},
    "user_strategies": {"gaman": {"against": "mine", "method": "gaman"}},
    "recogniser_strategies": {"proc": {"recogniser": "mine", "process": "O1"}},
    "games": {},
}


@pytest.fixture
def study(tmp_path):
    """Plan a study of a recogniser that the user brings, and of others by name."""

    def make(mine, **others):
        config = copy.deepcopy(CONFIG)
        config["recognisers"] = {"mine": mine, **others}
        return Study(config, SCHEMA, ROOT / "workflow/scripts", tmp_path / "cache")

    return make


@pytest.fixture
def file(tmp_path, monkeypatch):
    path = tmp_path / "face.onnx"
    path.write_bytes(arcface((32, 24)).SerializeToString())
    monkeypatch.setenv("AIP_TEST_FOLDER", str(tmp_path))
    return path


def test_an_onnx_file_says_its_size_and_is_not_taught(study, file):
    found = study({"arch": "onnx:$AIP_TEST_FOLDER/face.onnx"}).recogniser("mine")
    assert found["arch"] == f"onnx:{file}"
    assert found["input_size"] == [32, 24]
    assert found["training"]["epochs"] == 0
    assert found["normalise"] == {
        "mean": [127.5] * 3,
        "deviation": [128.0] * 3,
        "channels": "rgb",
    }
    said = {"mean": 0, "deviation": [1, 2, 3.5], "channels": "bgr"}
    found = study({"arch": f"onnx:{file}", "normalise": said}).recogniser("mine")
    assert found["normalise"] == {
        "mean": [0.0] * 3,
        "deviation": [1.0, 2.0, 3.5],
        "channels": "bgr",
    }


def test_definitions_of_other_nets_are_as_they_were(study, file):
    other = study({"arch": f"onnx:{file}"}, small={"arch": "resnet18", "input_size": 32})
    assert "normalise" not in other.recogniser("small")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"arch": "onnx:missing.onnx"}, "mine.arch: no such file: missing.onnx"),
        ({"arch": "onnx:$AIP_TEST_NOTHING/a.onnx"}, "variable AIP_TEST_NOTHING is not set"),
        ({"weights": "a.pt"}, "mine: the key 'weights' has no meaning for onnx:"),
        ({"training": {"epochs": 3}}, "mine.training.epochs: found 3, expected 0: the net of an"),
        ({"mean": "a.npy"}, "mine: the key 'mean' has no meaning for onnx:"),
        ({"feature_layer": "v99"}, "mine: unknown feature_layer 'v99'; did you mean 'v9'"),
        ({"arch": "resnet18", "normalise": {"mean": 0}}, "'normalise' has no meaning for resnet18"),
        ({"input_size": 48}, "computes nothing of an input_size of [48, 48]: "),
    ],
)
def test_what_contradicts_a_file_is_refused_at_planning(study, file, changed, sentence):
    with pytest.raises(BadInput, match=r"^config: recognisers\.mine") as error:
        study({"arch": f"onnx:{file}", **changed})
    assert sentence in str(error.value)


def test_an_adversarially_trained_one_learns_its_svm_alone(study, file):
    mine = {"arch": f"onnx:{file}"}
    knowing = study(mine, aware={"base": "mine", "knows": ["gaman"]}).recogniser("aware")
    assert knowing["normalise"]["channels"] == "rgb"
    with pytest.raises(BadInput, match=r"aware\.learns: found net, expected svm: the net of an"):
        study(mine, aware={"base": "mine", "knows": ["gaman"], "learns": "net"})


def refused(study, path, made, **changed):
    path.write_bytes(made.SerializeToString())
    with pytest.raises(BadInput, match=r"^config: recognisers\.mine: ") as error:
        study({"arch": f"onnx:{path}", "input_size": 32, **changed})
    return str(error.value)


def node(kind, inputs, outputs, **attributes):
    return helper.make_node(kind, inputs, outputs, **attributes)


def test_a_net_without_one_finite_vector_is_refused_at_planning(study, file):
    assert "found an output of shape (3, 3, 32, 32) for 3 images" in refused(
        study, file, model([node("Relu", ["x"], ["y"])])
    )
    pool = node("GlobalAveragePool", ["x"], ["p"])
    log = [pool, node("Abs", ["p"], ["a"]), node("Neg", ["a"], ["b"]), node("Log", ["b"], ["y"])]
    assert "features that are infinite or no numbers (NaN)" in refused(study, file, model(log))
    two = [pool, node("Relu", ["p"], ["y"]), node("Tanh", ["p"], ["z"])]
    both = model(two, outputs=("y", "z"))
    assert "found 2 outputs (y, z), expected one: name it as feature_layer" in refused(
        study, file, both
    )
    study({"arch": f"onnx:{file}", "input_size": 32, "feature_layer": "z"})
    unknown = model([node("Sigmoyd", ["x"], ["y"])])
    assert "unknown ONNX operator 'Sigmoyd'" in refused(study, file, unknown)
    one = [node("Reshape", ["x", "s"], ["y"])]
    mixed = model(one, {"s": np.array([3, 1024], np.int64)}, shape=("n", 3, 32, 32))
    assert "config: recognisers.mine: " in refused(study, file, mixed)


def test_a_file_that_leaves_its_size_free_needs_one(study, file):
    file.write_bytes(model([node("GlobalAveragePool", ["x"], ["y"])]).SerializeToString())
    with pytest.raises(BadInput, match=r"input_size of onnx:.*: found none, and the net does not"):
        study({"arch": f"onnx:{file}"})
    study({"arch": f"onnx:{file}", "input_size": 40})


def test_another_content_makes_the_net_again_and_another_time_does_not(study, file):
    mine = {"arch": f"onnx:{file}"}
    first = study(mine).net_made("mine")["fingerprint"]
    file.touch()
    assert study(mine).net_made("mine")["fingerprint"] == first
    file.write_bytes(arcface((32, 24), seed=1).SerializeToString())
    assert study(mine).net_made("mine")["fingerprint"] != first


def test_another_code_of_ones_own_makes_the_net_again(study, tmp_path, monkeypatch):
    package = tmp_path / "own_face_nets"
    package.mkdir()
    (package / "__init__.py").write_text(
        "from torch import nn\n"
        "def build():\n"
        "    return nn.Sequential(nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(12, 5))\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    mine = {"arch": "module:own_face_nets:build", "input_size": 32}
    planned = study(mine)
    first = planned.net_made("mine")["fingerprint"]
    assert planned.recogniser("mine")["training"]["epochs"] > 0  # it may be taught further
    assert study(mine).net_made("mine")["fingerprint"] == first
    (package / "layers.py").write_text("")
    assert study(mine).net_made("mine")["fingerprint"] != first


def test_a_trained_net_says_all_of_itself(study, file, tmp_path):
    definition = study({"arch": f"onnx:{file}", "feature_layer": "v9"}).recogniser("mine")
    net = build(definition["arch"], None)
    write_state(tmp_path / "net.pt", net.state_dict(), "f" * 24)
    file.unlink()
    cut, statistics = load(definition["arch"], "v9", tmp_path / "net.pt", definition["normalise"])
    x = np.random.default_rng(0).uniform(-1, 1, (2, 3, 32, 24)).astype(np.float32)
    (expected,) = net.net.cut("v9")(torch.from_numpy(x))
    assert torch.equal(cut(torch.from_numpy(x)), expected.flatten(1))
    assert statistics.mean == (127.5,) * 3


def test_planning_a_file_that_was_found_right_loads_neither_pytorch_nor_onnx(tmp_path, file):
    (tmp_path / "config.yaml").write_text(
        yaml.safe_dump({**CONFIG, "recognisers": {"mine": {"arch": f"onnx:{file}"}}})
    )
    program = (
        "import sys, yaml; from pathlib import Path; from aip.study.fingerprints import Study;"
        f"config = yaml.safe_load(Path({str(tmp_path / 'config.yaml')!r}).read_text());"
        f"schema = yaml.safe_load(Path({str(ROOT / 'workflow/schemas/config.schema.yaml')!r})"
        ".read_text());"
        "config['recognisers']['mine']['input_size'] = [32, 24];"
        f"Study(config, schema, Path({str(ROOT / 'workflow/scripts')!r}), Path({str(tmp_path)!r}))"
        ".net_made('mine'); print({'torch', 'onnx'} & set(sys.modules))"
    )
    found = [
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert [each.stdout.strip() for each in found][1] == "set()"
