from pathlib import Path

import pytest
import yaml

from aip.errors import BadInput, unknown
from aip.study.families import expand
from aip.study.schema import EXPECTED, resolve

ROOT = Path(__file__).parents[2]
SCHEMA = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def config() -> dict:
    return {
        "study": "tiny",
        "album": {"source": "synthetic"},
        "recognisers": {"small": {"arch": "resnet18", "training": {"epochs": 3}}},
        "user_strategies": {
            "none": {"method": "none"},
            "gaman": {"method": "gaman", "against": "small"},
        },
        "recogniser_strategies": {"proc": {"recogniser": "small", "process": "O1"}},
        "games": {"g": {"user": ["none", "gaman"], "recogniser": ["proc"]}},
    }


def test_defaults_are_filled_in_at_every_depth(config):
    found = resolve(config, SCHEMA)
    assert found["seed"] == 1
    assert found["attacked"] == {
        "direction": "0-1",
        "heads": None,
        "shard_size": 112,
    }
    assert found["recognisers"]["small"]["input_size"] is None
    assert found["recognisers"]["small"]["weights"] is None
    assert found["recognisers"]["small"]["training"]["epochs"] == 3
    assert found["recognisers"]["small"]["training"]["batch_size"] == 64
    expected = {"steps": 100, "step_size": 0.1, "epsilon": 1000, "robust_to": "O1"}
    assert expected.items() <= found["user_strategies"]["gaman"].items()


def test_what_was_given_is_not_changed(config):
    before = repr(config)
    found = resolve(config, SCHEMA)
    found["recognisers"]["small"]["training"]["epochs"] = 99
    found["games"]["g"]["user"].append("more")
    assert repr(config) == before
    assert resolve(config, SCHEMA)["attacked"] == {
        "direction": "0-1",
        "heads": None,
        "shard_size": 112,
    }
    assert resolve(config, SCHEMA)["recognisers"]["small"]["training"]["epochs"] == 3


@pytest.mark.parametrize("name", ["config.yaml", *sorted(p.name for p in ROOT.glob("configs/*"))])
def test_the_studies_that_ship_are_right(name):
    base = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    if name != "config.yaml":
        overlay = yaml.safe_load((ROOT / "configs" / name).read_text(encoding="utf-8"))
        base = merged(base, overlay)
    assert resolve(expand(base)[0], SCHEMA)["study"]


def merged(base, overlay):
    if not (isinstance(base, dict) and isinstance(overlay, dict)):
        return overlay
    both = {key: merged(base[key], overlay[key]) for key in base.keys() & overlay.keys()}
    return base | overlay | both


def test_null_removes_an_entry(config):
    config["user_strategies"]["gaman"] = None
    assert list(resolve(config, SCHEMA)["user_strategies"]) == ["none"]


WRONG = [
    ("sed", 1, "config: top level: unknown key 'sed'; did you mean 'seed'?"),
    ("attacked.head", 4, "config: attacked: unknown key 'head'; did you mean 'heads'?"),
    (
        "user_strategies.gaman.epsilom",
        3,
        "config: user_strategies.gaman: unknown key 'epsilom'; did you mean 'epsilon'?",
    ),
    (
        "user_strategies.gaman.epsilon",
        -5,
        "config: user_strategies.gaman.epsilon: found -5, expected more than 0",
    ),
    ("user_strategies.gaman.epsilon", 0, "epsilon: found 0, expected more than 0"),
    ("user_strategies.gaman.epsilon", float("nan"), "epsilon: found nan, expected number"),
    ("user_strategies.gaman.epsilon", float("inf"), "epsilon: found inf, expected number"),
    ("user_strategies.gaman.epsilon", "1e3", "epsilon: found '1e3', expected number"),
    ("user_strategies.gaman.epsilon", True, "epsilon: found True, expected number"),
    ("user_strategies.gaman.steps", 0, "steps: found 0, expected at least 1"),
    ("user_strategies.gaman.steps", 2.5, "steps: found 2.5, expected integer"),
    ("user_strategies.gaman.steps", 1e300, "steps: found 1e+300, expected at most 100000"),
    ("user_strategies.gaman.robust_to", 5, "robust_to: found 5, expected string or array"),
    ("user_strategies.gaman.robust_to", [], "robust_to: found [], expected string or array"),
    ("user_strategies.none.blocks", 0, "blocks: found 0, expected at least 1"),
    ("user_strategies.none.blocks", 2.5, "blocks: found 2.5, expected integer"),
    ("user_strategies.none.sigma", 0, "sigma: found 0, expected more than 0"),
    ("user_strategies.none.sigma", 2, "sigma: found 2, expected at most 1"),
    ("user_strategies.none.bar_top", 1, "bar_top: found 1, expected less than 1"),
    ("user_strategies.gaman", 3, "config: user_strategies.gaman: found 3, expected object"),
    ("user_strategies.a b", {"method": "none"}, "found 'a b', expected text that matches"),
    ("recognisers", {}, "config: recognisers: found {}, expected at least 1 entry"),
    ("recognisers.small.input_size", 8, "input_size: found 8, expected at least 16"),
    ("recognisers.small.input_size", 4096, "input_size: found 4096, expected at most 1024"),
    (
        "recognisers.small.precision",
        "float16",
        "precision: found 'float16', expected one of auto, float32, tfloat32, bfloat16",
    ),
    (
        "recognisers.small.training.label_smoothing",
        1,
        "label_smoothing: found 1, expected less than 1",
    ),
    ("album.source", "flickr", "found 'flickr', expected one of synthetic, folder, lfw"),
    ("album.box", [1, 2, 3], "box: found [1, 2, 3], expected at least 4 entries"),
    ("album.box", [1, 2, 3, 4, 5], "expected at most 4 entries"),
    ("games.g.user", ["none", "none"], "expected entries that differ"),
    ("games.g.recogniser", [], "games.g.recogniser: found [], expected at least 1 entries"),
    ("seed", -1, "config: seed: found -1, expected at least 0"),
    ("study", "a\n", "config: study: found 'a\\n', expected text that matches"),
    ("study", "a" * 101, "expected at most 100 characters"),
    ("study", "a/b", "config: study: found 'a/b', expected text that matches"),
    ("recognisers.small.arch", "", "arch: found '', expected at least 1 character"),
    ("head_size", [64], "head_size: found [64], expected at least 2 entries"),
]


@pytest.mark.parametrize(("key", "value", "sentence"), WRONG)
def test_what_is_wrong_is_said_with_its_key(config, key, value, sentence):
    *path, last = key.split(".")
    place = config
    for part in path:
        place = place.setdefault(part, {})
    place[last] = value
    with pytest.raises(BadInput) as caught:
        resolve(config, SCHEMA)
    assert sentence in str(caught.value)
    assert str(caught.value).startswith("config: ")


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        (("study",), "config: top level: the key 'study' is missing"),
        (("album", "source"), "config: album: the key 'source' is missing"),
    ],
)
def test_a_missing_key_is_named(config, path, sentence):
    place = config
    for part in path[:-1]:
        place = place[part]
    del place[path[-1]]
    with pytest.raises(BadInput, match=f"^{sentence}$"):
        resolve(config, SCHEMA)


def test_every_kind_of_check_in_the_schema_has_its_words():
    annotations = {"$schema", "$ref", "$defs", "title", "description", "default"}
    annotations |= {"sources", "methods", "not_for"}
    shape = {"properties", "items", "propertyNames"}
    own_words = {"type", "enum", "anyOf", "required", "additionalProperties"}

    def checks(part):
        for key, value in part.items():
            yield key
            if key in ("properties", "$defs"):
                for inner in value.values():
                    yield from checks(inner)
            elif key == "anyOf":
                for inner in value:
                    yield from checks(inner)
            elif isinstance(value, dict) and key in ("items", "additionalProperties"):
                yield from checks(value)

    assert set(checks(SCHEMA)) - annotations - shape - own_words <= set(EXPECTED)


def numbers(part, where=""):
    """Yield every part of the schema that takes a number, with its key."""
    kinds = part.get("type") or []
    if {"integer", "number"} & {*([kinds] if isinstance(kinds, str) else kinds)}:
        yield where, part
    inner = {**part.get("properties", {})}
    inner |= {key: part[key] for key in ("items", "additionalProperties") if part.get(key)}
    for key, value in inner.items():
        yield from numbers(value, f"{where}.{key}")


def test_every_number_of_the_schema_has_a_least_and_a_most():
    found = dict(numbers(SCHEMA))
    assert len(found) > 30
    for where, part in found.items():
        for bound in ("inimum", "aximum"):
            assert {f"m{bound}", f"exclusiveM{bound}"} & {*part}, where


@pytest.mark.parametrize("as_given", [float, str, lambda value: f"{value}.0"])
def test_a_number_is_a_number_however_it_is_written(config, as_given):
    gaman, small = config["user_strategies"]["gaman"], config["recognisers"]["small"]
    gaman |= {"epsilon": 1000, "steps": 60}
    small["input_size"] = [64, 64]
    config["head_size"] = [72, 72]
    expected = repr(resolve(config, SCHEMA))
    gaman |= {"epsilon": as_given(1000), "steps": as_given(60)}
    small["input_size"] = [as_given(64)] * 2
    config["head_size"] = [as_given(72)] * 2
    assert repr(resolve(config, SCHEMA)) == expected
    assert "'epsilon': 1000.0" in expected
    assert "'steps': 60}" in expected or "'steps': 60," in expected


def test_a_default_is_what_it_is_when_given(config):
    expected = repr(resolve(config, SCHEMA))
    config["user_strategies"]["gaman"] |= {"epsilon": 1000, "input_diversity": -0.0}
    assert repr(resolve(config, SCHEMA)) == expected


def test_every_key_of_the_schema_is_described():
    def undescribed(part, where):
        for name, inner in part.get("properties", {}).items():
            if not inner.get("description"):
                yield f"{where}.{name}"
            yield from undescribed(inner, f"{where}.{name}")
        if isinstance(part.get("additionalProperties"), dict):
            yield from undescribed(part["additionalProperties"], f"{where}.*")

    assert list(undescribed(SCHEMA, "")) == []


def test_an_unknown_name_is_answered_with_the_nearest_and_all():
    message = str(unknown("here", "colour", "grean", ["red", "green"]))
    assert message == (
        "here: unknown colour 'grean'; did you mean 'green'? expected one of red, green"
    )
    assert "did you mean" not in str(unknown("here", "colour", "xyz", ["red", "green"]))


def test_numbers_that_the_command_line_gives_as_text_are_numbers(config):
    config["attacked"] = {"heads": "24"}
    config["album"]["box"] = ["1", "2", "3", "4"]
    found = resolve(config, SCHEMA)
    assert found["attacked"]["heads"] == 24
    assert found["album"]["box"] == [1, 2, 3, 4]


def test_text_that_is_no_number_is_refused_as_it_was_given(config):
    config["attacked"] = {"heads": "many"}
    with pytest.raises(BadInput, match=r"attacked\.heads: found 'many', expected integer or null"):
        resolve(config, SCHEMA)
