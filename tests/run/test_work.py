from pathlib import Path

import pytest
import yaml

from aip.run.work import work
from aip.study.fingerprints import Study

ROOT = Path(__file__).parents[2]
SCHEMA = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text(encoding="utf-8"))

CONFIG = """
study: tiny
album: {source: synthetic, train_identities: 10, val_identities: 5, heads_per_identity: 6}
attacked: {shard_size: 10}
recognisers:
  small: {arch: resnet18, training: {epochs: 3}}
  face: {arch: mobilefacenet, training: {epochs: 0}}
  retaught: {base: small, knows: [gaman]}
  tuned: {base: small, knows: [gaman, both], learns: net, training: {epochs: 1}}
user_strategies:
  none: {method: none}
  gaman: {method: gaman, against: small, steps: 7, robust_to: O1_T2}
  both: {method: gaman, against: [small, face], steps: 2}
recogniser_strategies:
  proc: {recogniser: small, process: O5}
  mixed: {recogniser: retaught, process: O5_T3_N2}
games:
  table4: {user: [none, gaman], recogniser: [proc]}
"""


@pytest.fixture
def study(tmp_path):
    def make(**changed) -> Study:
        config = {**yaml.safe_load(CONFIG), **changed}
        return Study(config, SCHEMA, ROOT / "workflow/scripts", tmp_path / "cache")

    return make


def test_a_head_passes_once_per_step_copy_and_net_or_draw_or_epoch(study):
    found = work(study())
    # What is not processed is scored once and counted five times.
    drawn = {"proc": 1, "mixed": 1 + 3 + 2}
    assert found.passes == {
        "train": {"small": 3, "face": 0, "tuned": 1},
        "perturb": {"none": 0, "gaman": 7 * 3, "both": 2 * 2},
        "lesson": {"none": 0, "gaman": 7 * 3, "both": 2 * 2},
        "cell": drawn,
        "impostors": drawn,
        "enrolled_impostors": drawn,
    }


def test_a_net_that_knows_learns_each_head_clean_and_perturbed_by_each(study):
    assert work(study()).heads == {
        "train": {"small": 60, "face": 60, "tuned": 180},
        "cell": {"proc": 15, "mixed": 15},
        "impostors": {"proc": 60, "mixed": 60},
        "enrolled_impostors": {"proc": 60, "mixed": 60},
    }


def test_the_names_are_those_of_the_jobs(study):
    assert work(study()).names == {
        *("none", "gaman", "both", "proc", "mixed", "small", "face", "retaught", "tuned"),
        *("table4", "attacked", "enrolled", "train"),
        *("000000-000009", "000010-000014"),
        *(f"{10 * i:06d}-{10 * i + 9:06d}" for i in range(6)),
    }


def test_the_names_of_both_directions_say_which_is_reversed(study):
    reverse = work(study(attacked={"shard_size": 10, "direction": "both"})).names
    added = {"reverse-000000-000009", "reverse-000010-000014"}
    recognisers = {f"{name}-reverse" for name in ("small", "face", "retaught", "tuned")}
    assert reverse - work(study()).names == added | recognisers


GROWTH = {
    "start": "table4",
    "rounds": 2,
    "user": {"method": "gaman", "steps": 3},
    "recogniser": {"learns": "net"},
}


def test_a_round_of_a_growth_learns_each_head_twice_and_has_its_jobs_named(study):
    found = work(study(growth={"g": GROWTH}))
    # One strategy is drawn for each head, however many are played.
    assert {name: found.heads["train"][name] for name in ("g-1", "g-2")} == {"g-1": 120, "g-2": 120}
    assert found.names >= {"g", "g-1", "g-2", "g-1-proc", "g-2-proc", "enrolled", "train"}
    # The mixture is not known before the game is solved, so nobody knows how many passes there are.
    assert found.passes["perturb"]["g-1"] == 0
    assert found.heads["cell"]["g-2-proc"] == 15
