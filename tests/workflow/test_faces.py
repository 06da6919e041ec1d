"""The study of real faces, small: a few people of a folder that is named from outside."""

import json
import os
from pathlib import Path

import h5py
import pytest

from aip.game.table import read_table

FACES = os.environ.get("AIP_FACES")
FILES = {name: os.environ.get(f"AIP_{name.upper()}") for name in ("centerface", "fp512", "dlib")}

pytestmark = pytest.mark.skipif(
    None in (FACES, *FILES.values()),
    reason="AIP_FACES names no folder of people, such as Labeled Faces in the Wild, or "
    f"{', '.join(f'AIP_{name.upper()}' for name in FILES)} name no weights",
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
        config["detector"] = FILES["centerface"]
        config["attacked"] = {"heads": 12, "shard_size": 8}
        nets = config["recognisers"]
        nets["faceres"] = nets["small"] = None
        for name in ("fp512", "dlib"):
            nets[name]["weights"] = FILES[name]
        for section in ("user_strategies", "recogniser_strategies"):
            config[section] = {name: None for name, entry in config[section].items() if not entry}
        config["user_strategies"] |= {
            "none": {"method": "none"},
            "gaman": {"against": "fp512", "method": "gaman", "steps": 6, "step_size": 0.3}
            | {"epsilon": 1000},
            "black-box": {"method": "black-box"},
        }
        config["recogniser_strategies"] |= {
            "blur": None,
            "proc": {"recogniser": {"each": ["fp512", "dlib"]}, "process": "O1"},
            "jpeg": {"recogniser": "dlib", "process": "J(85-85)1", "not_found": "miss"},
        }
        played = {"user": ["none", "gaman", "black-box"], "recogniser": ["proc", "jpeg"]}
        config["games"] = {"table4": None, "rank1": played}
        del config["growth"]
        config["tables"] = {"methods": {"user": ["gaman"], "recogniser": ["proc-fp512"]}}

    workflow.edit(shrink)
    workflow.run()
    return workflow.folder / "results/faces"


def test_people_with_ten_photos_are_recognised_and_the_others_teach(faces):
    found = json.loads((faces / "heads.json").read_text())["subsets"]
    assert found["val"]["identities"] == 6
    assert found["train"]["identities"] == 10
    assert 0 <= found["val"]["enrolled"] - found["val"]["scored"] <= 6


def test_twelve_heads_of_six_people_are_attacked_two_of_each(faces):
    with h5py.File(faces / "cells/gaman/proc-fp512.h5") as file:
        assert sorted(file["label"][()].tolist()) == sorted([*range(6), *range(6)])


def test_a_face_net_recognises_found_heads_until_they_are_perturbed_against_it(faces):
    card = json.loads((faces / "recognisers/fp512/card.json").read_text())
    assert card["recognition_rate"] > 0.9  # of three dozen heads
    assert card["epochs"] == 0
    table = read_table(faces / "games/rank1/payoff.csv")
    assert table.recogniser == ("proc-fp512", "proc-dlib", "jpeg")
    rates = dict(zip(table.user, table.rates, strict=True))
    assert rates["none"][0] > 0.9
    assert rates["gaman"][0] < rates["none"][0] - 0.4
    assert rates["gaman"][1] > rates["gaman"][0] + 0.4  # another net, that nobody attacked


def test_an_aligned_net_recognises_them_and_finds_no_face_behind_a_box(faces):
    table = read_table(faces / "games/rank1/payoff.csv")
    rates = dict(zip(table.user, table.rates[:, 1:], strict=True))
    assert rates["none"].min() > 0.9
    with h5py.File(faces / "cells/black-box/jpeg.h5") as file:
        assert not file["found"][()].any()
        assert file.attrs["recognition_rate"] == 0


def test_tables_and_pictures_are_there(faces):
    assert (faces / "games/rank1/payoff.svg").stat().st_size > 1000
    assert (faces / "report/sheets/gaman.png").stat().st_size > 1000
    lines = (faces / "tables/methods/table.md").read_text().splitlines()
    assert [line.split("|")[1].strip() for line in lines[4:]] == ["gaman"]
