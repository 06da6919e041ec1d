"""The study of real faces, small: a few people of a folder that is named from outside."""

import json
import os
from pathlib import Path

import h5py
import pytest

from aip.game.table import read_table

FACES = os.environ.get("AIP_FACES")

pytestmark = pytest.mark.skipif(
    FACES is None, reason="AIP_FACES names no folder of people, such as Labeled Faces in the Wild"
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
        users = ("none", "gaman", "gaman-TNBC")
        config["user_strategies"] = {user: {"steps": 2} for user in users if user != "none"}
        config["games"] = {"table4": {"user": list(users), "recogniser": ["proc", "tnbc"]}}

    workflow.edit(shrink)
    workflow.run()
    return workflow.folder / "results/faces"


def test_people_with_ten_photos_are_recognised_and_the_others_teach(faces):
    found = json.loads((faces / "heads.json").read_text())["subsets"]
    assert found["val"]["identities"] == 6
    assert found["train"]["identities"] == 10
    assert 0 <= found["val"]["enrolled"] - found["val"]["scored"] <= 6


def test_twelve_heads_of_six_people_are_attacked_two_of_each(faces):
    with h5py.File(faces / "cells/gaman/proc.h5") as file:
        assert sorted(file["label"][()].tolist()) == sorted([*range(6), *range(6)])


def test_the_table_is_whole(faces):
    table = read_table(faces / "games/table4/payoff.csv")
    assert table.rates.shape == (3, 2)
    assert (faces / "games/table4/payoff.svg").stat().st_size > 1000
    assert (faces / "report/sheets/gaman-TNBC.png").stat().st_size > 1000
