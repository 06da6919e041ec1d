"""The study of real faces, small: a few people of a folder that is named from outside."""

import json
import os
from pathlib import Path

import h5py
import pytest

from aip.game.table import read_table

FACES, WEIGHTS = (os.environ.get(name) for name in ("AIP_FACES", "AIP_MOBILEFACENET"))

pytestmark = pytest.mark.skipif(
    FACES is None or WEIGHTS is None,
    reason="AIP_FACES names no folder of people, such as Labeled Faces in the Wild, or "
    "AIP_MOBILEFACENET no weights",
)


@pytest.fixture(scope="module")
def faces(make_workflow):
    """Six people to recognise and ten to teach, in a folder of their own."""
    workflow = make_workflow("configs/faces.yaml")
    people = {path: len(list(path.iterdir())) for path in sorted(Path(FACES).iterdir())}
    many = [path for path, photos in people.items() if 10 <= photos <= 14][:6]
    few = [path for path, photos in people.items() if photos < 10][:10]
    (workflow.folder / "people").mkdir()
    for path in many + few:
        (workflow.folder / "people" / path.name).symlink_to(path, target_is_directory=True)

    def shrink(config):
        config["album"]["root"] = "people"
        config["attacked"] = {"heads": 12, "shard_size": 8}
        small = config["recognisers"]["small"]
        small["input_size"] = 32
        small["training"] = {"epochs": 2, "batch_size": 16}
        config["recognisers"]["aware"] = None
        both = {"each": ["small", "face"]}
        config["user_strategies"] = {
            "gaman": {"against": both, "steps": 6, "step_size": 0.3, "epsilon": 1000},
            "black-box": {"method": "black-box"},
        }
        config["recogniser_strategies"] = {"proc": {"recogniser": both}, "tnbc": {}}
        config["games"] = {
            "table4": {"user": ["none", "gaman", "black-box"], "recogniser": ["proc", "tnbc"]}
        }
        config["tables"] = {"methods": {"user": ["gaman"], "recogniser": ["proc"]}}

    workflow.edit(shrink)
    workflow.run()
    return workflow.folder / "results/faces"


def test_people_with_ten_photos_are_recognised_and_the_others_teach(faces):
    found = json.loads((faces / "heads.json").read_text())["subsets"]
    assert found["val"]["identities"] == 6
    assert found["train"]["identities"] == 10
    assert 0 <= found["val"]["enrolled"] - found["val"]["scored"] <= 6


def test_twelve_heads_of_six_people_are_attacked_two_of_each(faces):
    with h5py.File(faces / "cells/gaman-face/proc-face.h5") as file:
        assert sorted(file["label"][()].tolist()) == sorted([*range(6), *range(6)])


def test_mobilefacenet_recognises_them_until_they_are_perturbed_against_it(faces):
    card = json.loads((faces / "recognisers/face/card.json").read_text())
    assert card["recognition_rate"] > 0.9  # of three dozen heads
    assert card["epochs"] == 0
    table = read_table(faces / "games/table4/payoff.csv")
    assert table.recogniser == ("proc-small", "proc-face", "tnbc")
    rates = dict(zip(table.user, table.rates[:, 1], strict=True))
    assert rates["none"] > 0.9
    assert rates["gaman-face"] < rates["none"] - 0.4
    assert rates["gaman-small"] > rates["gaman-face"] + 0.4


def test_tables_and_pictures_are_there(faces):
    assert (faces / "games/table4/payoff.svg").stat().st_size > 1000
    assert (faces / "report/sheets/gaman-face.png").stat().st_size > 1000
    lines = (faces / "tables/methods/table.md").read_text().splitlines()
    assert [line.split("|")[1].strip() for line in lines[4:]] == ["gaman"]
