"""Each snippet of a config in the docs, laid over the default study."""

import copy
import re
from pathlib import Path

import pytest
import torch
import yaml

from aip.study.fingerprints import Study
from standins.onnx_files import arcface

ROOT = Path(__file__).parents[2]
SCHEMA = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text(encoding="utf-8"))
DEFAULT = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
PAGE, GROWTH, RECOGNISERS, CLASSIFIERS, TRANSFER = (
    (ROOT / "docs" / name).read_text(encoding="utf-8")
    for name in ("config.md", "growth.md", "recognisers.md", "classifiers.md", "transfer.md")
)


def snippets(page):
    return [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)]


SNIPPETS = snippets(PAGE)


@pytest.fixture
def study(tmp_path, monkeypatch):
    for name in ("PHOTOS", "MODELS", "PUBLISHED"):
        monkeypatch.setenv(name, str(tmp_path))
    (tmp_path / "data.tar.gz").touch()
    (tmp_path / "arcface.onnx").write_bytes(arcface().SerializeToString())
    write_own_net(tmp_path, monkeypatch)
    return lambda config: Study(config, SCHEMA, ROOT / "workflow/scripts", tmp_path / "cache")


def write_own_net(folder, monkeypatch):
    """Write the code and the weights of a net of one's own, as the page names them."""
    (folder / "faces").mkdir()
    (folder / "faces/nets.py").write_text(
        "from torch import nn\n"
        "def build():\n"
        "    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 2))\n"
    )
    monkeypatch.syspath_prepend(folder)
    state = {"2.weight": torch.ones(2, 3), "2.bias": torch.zeros(2)}
    torch.save(state, folder / "mine.pt")


def laid_over(base, overlay):
    """Merge key by key, as Snakemake does."""
    both = copy.deepcopy(base)
    for key, value in overlay.items():
        inside = isinstance(value, dict) and isinstance(both.get(key), dict)
        both[key] = laid_over(both[key], value) if inside else value
    return both


@pytest.mark.parametrize(
    "snippet",
    [
        *SNIPPETS,
        *snippets(GROWTH),
        *snippets(RECOGNISERS),
        *snippets(CLASSIFIERS),
        *snippets(TRANSFER),
    ],
    ids=lambda snippet: "+".join(snippet),
)
def test_a_snippet_is_a_study(study, snippet):
    assert study(laid_over(DEFAULT, snippet)).games


def test_the_docs_show_every_section_that_has_named_entries():
    named = {key for key, part in SCHEMA["properties"].items() if "propertyNames" in part}
    assert named <= {key for snippet in SNIPPETS for key in snippet}


def test_every_method_and_processing_kind_has_its_line_in_the_tables():
    from aip.perturb import BLIND, ELSEWHERE, METHODS
    from aip.process import KINDS
    from aip.process.notation import BOUNDS

    first = re.findall(r"^\| (.+?) \|", PAGE, re.MULTILINE)
    listed = {name for cell in first for name in re.findall(r"`([^`]+)`", cell)}
    assert set(METHODS | BLIND | ELSEWHERE) <= listed
    assert set(KINDS) <= set(first)
    for kind, (low, high) in BOUNDS.items():
        assert re.search(rf"^\| {kind} \|.*\| {low}-{high} \|$", PAGE, re.MULTILINE), kind


def test_the_family_is_played_as_the_page_says(study):
    (snippet,) = [snippet for snippet in SNIPPETS if "tables" in snippet]
    found = study(laid_over(DEFAULT, snippet))
    assert found.games["unknown-net"]["user"] == ["all-small", "all-wide", "both"]
    assert found.tables["methods"]["cells"] == [["none", "none"], ["all-small", "all-wide"]]


def test_the_columns_of_a_growth_are_explained_and_its_keys_are():
    from aip.game.growth import COLUMNS

    first = re.findall(r"^\| (.+?) \|", GROWTH, re.MULTILINE)
    listed = [name for cell in first for name in re.findall(r"`([^`]+)`", cell)]
    keys = SCHEMA["properties"]["growth"]["additionalProperties"]["properties"]
    nested = [f"recogniser.{key}" for key in keys["recogniser"]["properties"]]
    assert {*COLUMNS, *(keys.keys() - {"recogniser"}), *nested} == {*listed}
