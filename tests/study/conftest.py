import copy
import shutil
from pathlib import Path

import pytest
import yaml

from aip.study import code
from aip.study.fingerprints import Study

ROOT = Path(__file__).parents[2]


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Copy the package's source to where it can be edited."""
    copy = tmp_path / "aip"
    shutil.copytree(code.PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(code, "PACKAGE", copy)
    return copy


# A growth of a game with three rows, and three columns of which two have the same processing.
GROWING = {
    "study": "tiny",
    "album": {
        "source": "synthetic",
        "train_identities": 2,
        "val_identities": 5,
        "heads_per_identity": 7,
    },
    "recognisers": {
        "small": {"arch": "resnet18"},
        "knowing": {"base": "small", "knows": ["gaman"]},
    },
    "user_strategies": {
        "none": {"method": "none"},
        "gaman": {"method": "gaman", "against": "small"},
        "ga": {"method": "ga", "against": "small", "robust_to": "B2"},
    },
    "recogniser_strategies": {
        "proc": {"recogniser": "small", "process": "O1"},
        "blur": {"recogniser": "small", "process": "B5"},
        "known": {"recogniser": "knowing", "process": "O1"},
        "crop": {"recogniser": "small", "process": "C5"},
    },
    "games": {
        "start": {
            "user": ["none", "gaman", "ga"],
            "recogniser": ["proc", "blur", "known"],
            "outside": ["crop"],
            "rank": 2,
            "folds": 3,
        },
    },
    "growth": {"g": {"start": "start", "rounds": 2, "user": {"method": "gaman", "steps": 3}}},
}


@pytest.fixture(scope="session")
def growing(tmp_path_factory):
    """Make a study that grows, with keys changed, such as growth__g__rounds=3; None removes one."""
    cache = tmp_path_factory.mktemp("cache")
    schema = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text("utf-8"))

    def make(scripts=ROOT / "workflow/scripts", **changed) -> Study:
        config = copy.deepcopy(GROWING)
        for key, value in changed.items():
            *path, last = key.split("__")
            place = config
            for part in path:
                place = place.setdefault(part, {})
            place[last] = copy.deepcopy(value)
        return Study(config, schema, scripts, cache)

    return make
