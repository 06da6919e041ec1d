"""A tiny study's config, to change and to read."""

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from aip.study.fingerprints import Study

ROOT = Path(__file__).parents[2]
SCHEMA = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text(encoding="utf-8"))
SCRIPTS = ROOT / "workflow/scripts"

CONFIG: Mapping[str, Any] = {
    "study": "tiny",
    "album": {"source": "synthetic", "train_identities": 2, "val_identities": 5},
    "recognisers": {"small": {"arch": "resnet18"}},
    "user_strategies": {"none": {"method": "none"}, "ga": {"method": "ga", "against": "small"}},
    "recogniser_strategies": {
        "proc": {"recogniser": "small", "process": "O1"},
        "blur": {"recogniser": "small", "process": "B5"},
    },
    "games": {"game": {"user": ["none", "ga"], "recogniser": ["proc", "blur"]}},
}


def study(cache: Path, **changes: Any) -> Study:
    """Make it with keys changed, such as games__game__rank."""
    config: dict[str, Any] = deepcopy(dict(CONFIG))
    for key, value in changes.items():
        *path, last = key.split("__")
        place = config
        for part in path:
            place = place.setdefault(part, {})
        place[last] = deepcopy(value)
    return Study(config, SCHEMA, SCRIPTS, cache)
