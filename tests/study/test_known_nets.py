import json
import sys

import pytest
import yaml

from aip.errors import BadInput
from aip.store.checkout import ROOT
from aip.study.config import StudyConfig

SCHEMA = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text(encoding="utf-8"))
ALBUM = {"source": "synthetic", "train_identities": 3, "val_identities": 2}


@pytest.fixture
def study(tmp_path):
    """Plan a study of one recogniser and one user strategy."""

    def make(recogniser=(), user=(), **album):
        config = {
            "study": "tiny",
            "album": {**ALBUM, "heads_per_identity": 2, **album},
            "recognisers": {"small": {"arch": "resnet18", "input_size": 32, **dict(recogniser)}},
            "user_strategies": {"gaman": {"against": "small", "method": "gaman", **dict(user)}},
            "recogniser_strategies": {"proc": {"recogniser": "small", "process": "O1"}},
            "games": {},
        }
        return StudyConfig(config, SCHEMA, ROOT / "workflow/scripts", tmp_path)

    return make


@pytest.mark.parametrize(
    ("recogniser", "sentence"),
    [
        ({"arch": "resnet19"}, "unknown arch 'resnet19'; did you mean 'resnet18'"),
        ({"arch": "__init__"}, "unknown arch '__init__'"),
        ({"arch": "fasterrcnn_resnet50_fpn"}, "unknown arch 'fasterrcnn"),
        ({"arch": "timm:resnet19"}, "unknown arch 'timm:resnet19'; did you mean 'timm:resnet"),
        ({"feature_layer": "layer9"}, "layer of resnet18 'layer9'; did you mean 'layer"),
        ({"weights": "IMAGENET1K_V9"}, "'IMAGENET1K_V9'; did you mean 'IMAGENET1K_V1'"),
        ({"arch": "mobilefacenet", "input_size": None, "weights": "best"}, "unknown weights of"),
        ({"arch": "alexnet"}, "alexnet computes nothing of an input_size of [32, 32]: "),
        ({"arch": "vit_b_16", "input_size": 100}, "of [100, 100]: Wrong image height! Expected"),
        ({"arch": "timm:vit_tiny_patch16_224"}, "of [32, 32]: Input height (32) doesn't match"),
        ({"arch": "caffe:googlenet", "input_size": [16, 64]}, "an input_size of [16, 64]: "),
        ({"training": {"lanes": 5, "batch_size": 8}}, "found 5 lanes of a batch of 8 heads"),
    ],
)
def test_a_recogniser_that_cannot_be_built_is_refused_at_planning(study, recogniser, sentence):
    with pytest.raises(BadInput, match=r"^config: recognisers\.small") as error:
        study(recogniser)
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("user", "album", "sentence"),
    [
        ({"target": "v0003"}, {}, "gaman.target: unknown identity 'v0003'; did you mean 'v000"),
        ({"method": "apgd-dlr"}, {}, "at least 3 identities, and the album has 2"),
        (
            {"method": "apgd-dlr", "target": "v0001"},
            {"val_identities": 3},
            "at least 4 identities with a target, and the album has 3",
        ),
    ],
)
def test_what_a_strategy_asks_of_identities_is_checked_at_planning(study, user, album, sentence):
    with pytest.raises(BadInput, match=r"^config: user_strategies\.gaman") as error:
        study(user=user, **album)
    assert sentence in str(error.value)


def test_targets_and_ratios_that_the_album_has_people_for_are_planned(study):
    study(user={"target": "v0002"})
    study(user={"target": "least-likely"})
    study(user={"method": "apgd-dlr"}, val_identities=3)


@pytest.mark.parametrize(
    "recogniser",
    [
        {"arch": "alexnet", "input_size": 32, "feature_layer": "features.3"},
        {"arch": "timm:resnet18", "input_size": [48, 32]},
        {"arch": "swin_t", "input_size": 50},
        {"arch": "caffe:googlenet", "input_size": None},
    ],
)
def test_a_net_that_can_take_its_input_is_planned(study, recogniser):
    study(recogniser)


def test_what_was_found_right_is_not_looked_at_twice(study, tmp_path, monkeypatch):
    study({"feature_layer": "layer3"})
    (known,) = json.loads((tmp_path / "nets.json").read_text())
    assert known
    monkeypatch.setitem(sys.modules, "aip.recognise.nets.names", None)  # importing it would fail
    study({"feature_layer": "layer3"})
    with pytest.raises(ImportError):
        study({"feature_layer": "layer2"})
