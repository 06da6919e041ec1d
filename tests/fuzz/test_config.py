"""Studies of any shape: one that is taken is planned the same each time; the others are refused."""

import copy
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from aip.store.checkout import ROOT
from aip.study.fingerprints import Study
from fuzz.profiles import fuzzed
from fuzz.targets import attempt, check_sentence, command, planned

SCHEMA = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text(encoding="utf-8"))
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
SCRIPTS = ROOT / "workflow/scripts"

PATHS = [
    "",
    "people",
    "people/ann",
    "nowhere",
    "people/ann/1.png",
    "\0",
    "p" * 300,
    "$NOBODY",
    "\ud800",
]
texts = st.sampled_from(
    [
        *("small", "gaman", "none", "proc", "O1", "T5_B5", "J(50-90)2", "ga", "1_10_100", "folder"),
        *("caffe:alexnet", "resnet18", "authors", "a" * 200, "x\n", "null", "2001-99-99", *PATHS),
    ]
)
GROWTH = {"start": "table4", "rounds": 2, "user": {"method": "gaman"}}
numbers = st.sampled_from([0, 1, 2, 7, -1, 64, 2**31, 2**63, 10**400])
numbers |= st.floats() | st.booleans() | st.integers(0, 300)
anything = st.recursive(
    texts | numbers | st.none() | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts | numbers, inner, max_size=3),
    max_leaves=5,
)


def fitting(schema: dict) -> st.SearchStrategy:
    """Draw what a part of the schema might take: of the right type, mostly."""
    kinds = schema.get("type", [])
    choices = [anything] if schema.get("type") != "object" else []
    if "enum" in schema:
        choices += [st.sampled_from(schema["enum"])] * 8
    if "anyOf" in schema:
        choices += [fitting(part) for part in schema["anyOf"]] * 3
    if "string" in kinds:
        choices += [texts] * 8
    if "integer" in kinds:
        choices += [st.integers(schema.get("minimum", 0), schema.get("minimum", 0) + 9)] * 8
    if "number" in kinds:
        choices += [st.floats(0, 1)] * 8
    if "array" in kinds:
        choices += [st.lists(fitting(schema.get("items", {})), max_size=4)] * 8
    if "null" in kinds:
        choices += [st.none()] * 2
    if "object" in kinds:
        keys = {key: fitting(part) for key, part in schema.get("properties", {}).items()}
        choices += [st.fixed_dictionaries({}, optional=keys)] * 8
        others = schema.get("additionalProperties")
        if others:
            choices += [
                st.dictionaries(texts | st.text(max_size=3), fitting(others), max_size=3)
            ] * 8
    return st.one_of(choices)


@st.composite
def studies(draw: st.DrawFn) -> dict:
    """Draw a config: the default one with a few places changed as the schema might take it."""
    config = yaml.safe_load(yaml.safe_dump(CONFIG))
    for _ in range(draw(st.integers(0, 3))):
        place, schema = config, SCHEMA
        for _ in range(draw(st.integers(1, 3))):
            known = {**schema.get("properties", {})}
            others = schema.get("additionalProperties")
            if isinstance(others, dict):
                known |= dict.fromkeys(place, others) | {"new": others}
            if not known:
                break
            key = draw(st.sampled_from(sorted(known, key=str)))
            if isinstance(place.get(key), dict) and draw(st.booleans()):
                place, schema = place[key], known[key]
                continue
            place[key] = draw(fitting(known[key]))
            break
    return config


PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def people(folder) -> Path:
    """A folder of people; of what lies there only the beginning is that of a photo."""
    for person, count in (("ann", 4), ("ben", 4), ("cat", 2), ("dan", 2)):
        (folder / "people" / person).mkdir(parents=True)
        for number in range(count):
            (folder / "people" / person / f"{number}.png").write_bytes(PNG + bytes([number]))
    return folder


def plan(config: dict) -> dict[str, str]:
    """Return the fingerprints of a study's outcome and of all its parts."""
    study = Study(config, SCHEMA, SCRIPTS, Path("cache"))
    found = {"album": study.album_made["fingerprint"], "summary": study.summary_made["fingerprint"]}
    for name in study.recognisers:
        found[f"net {name}"] = study.net_made(name)["fingerprint"]
    for name in study.user_strategies:
        found[f"sheet {name}"] = study.sheet_made(name)["fingerprint"]
    for user in study.user_strategies:
        for response in study.recogniser_strategies:
            found[f"{user} {response}"] = study.cell_made(user, response)["fingerprint"]
    found["heads"] = str(study.attacked_heads)
    return found


@fuzzed
@given(studies())
@example({**CONFIG, "seed": 10**400})
@example({**CONFIG, "games": {"g": {"user": ["nobody"], "recogniser": ["proc"]}}})
@example({**CONFIG, "games": {"g": {"user": ["none"], "recogniser": ["nobody"]}}})
@example({**CONFIG, "recognisers": {"small": {"arch": "resnet18", "weights": "p" * 300 + ".pt"}}})
@example({**CONFIG, "growth": {"g": GROWTH, "none": {**GROWTH, "start": "g-1"}}})
@example({**CONFIG, "growth": {"g": {**GROWTH, "user": {"method": "gaman", 7: [{}]}}}})
@example({**CONFIG, "growth": {"g": GROWTH, "g-1": GROWTH}})
def test_a_study_is_planned_or_refused(people, config):
    before = copy.deepcopy(config)
    found = attempt(lambda: plan(config), "config: ", "album ")
    assert config == before
    if found is None:
        return
    # The order of keys means nothing, and neither does writing a config and reading it again.
    (people / "study.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    again = yaml.safe_load((people / "study.yaml").read_text(encoding="utf-8"))
    assert plan(again) == found
    assert plan(dict(reversed(config.items()))) == found


def test_a_config_that_holds_itself_is_refused():
    games: dict = {}
    games["g"] = games
    assert attempt(lambda: plan({**CONFIG, "games": games}), "games.g.g: nested deeper") is None


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join(['*' + old] * 10)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (BOMB, "more than 100,000 values"),
        ("games: &a {g: *a}", "games.g.g: nested deeper than 20 levels"),
        ("seed: " + "[" * 1500, "not YAML: RecursionError"),
        ("seed: 2001-99-99", "not YAML: ValueError: month must be"),
        ("seed: !!bool maybe", "not YAML: KeyError"),
        ("seed: !!int ''", "not YAML: IndexError"),
        ("seed: " + "9" * 5000, "not YAML: ValueError: Exceeds the limit"),
        ("seed: 0x" + "f" * 5000, "seed: found an integer of 20000 bits, expected at most 63"),
        ("seed: 9223372036854775808", "seed: found an integer of 64 bits"),
        ('study: "demo\\n"', "found 'demo\\n', expected text that matches"),
        (f"study: {'a' * 101}", "expected at most 100 characters"),
        ("seed: \x01", "not YAML: unacceptable character"),
        ("album: {train_identities: 90000, heads_per_identity: 100}", "at most 1,000,000"),
        (
            "user_strategies: {gaman: {against: small, method: gaman, i_conf: '1_%s_1'}}"
            % ("9" * 5000),
            "user_strategies.gaman.i_conf: found '1_999",
        ),
        (
            f"album: {{source: folder, root: {'a' * 300}, box: [0, 0, 1, 1]}}",
            "config: album.root: found 'aaa",
        ),
        (
            "album: {source: folder, root: people, boxes: nowhere.csv}",
            "album boxes nowhere.csv: no such file",
        ),
        (
            f"recognisers: {{small: {{weights: {'a' * 300}.pt}}}}",
            "recognisers.small.weights: found",
        ),
    ],
)
def test_what_was_found_by_fuzzing_is_refused(people, text, sentence):
    path = people / "study.yaml"
    path.write_text(text, encoding="utf-8")
    assert attempt(lambda: planned(path), sentence) is None
    code, said = command("album", path)
    assert code == 1 or "weights" in text  # which do not matter to an album
    if code == 1:
        check_sentence(said, sentence, "nowhere.csv")
