"""Weights by name: fetched by a rule of their own, once for all studies."""

import hashlib
import io
import json

import pytest
import torch
import yaml

from aip.recognise.nets.building import build
from standins.server import Server

NET = "results/smoke/recognisers/small/net.pt"


@pytest.fixture(scope="module")
def run(make_workflow):
    """The smoke study, from weights of a server of this machine."""
    workflow = make_workflow()
    torch.manual_seed(3)
    state, file = build("mobilefacenet", None).state_dict(), io.BytesIO()
    torch.save(state, file)
    listed = workflow.folder / "resources/weights.yaml"
    entries = yaml.safe_load(listed.read_text())

    def use(config):
        config["recognisers"]["small"] |= {"weights": "tiny", "training": {"epochs": 0}}

    workflow.edit(use)
    with Server() as server:
        content = server.files["/tiny.pt"] = file.getvalue()
        facts = dict.fromkeys(("licence", "taught_on", "source"), "none")
        entries["mobilefacenet/tiny"] = {
            "arch": "mobilefacenet",
            "url": f"{server.url}/tiny.pt",
            "files": {"tiny.pt": hashlib.sha256(content).hexdigest()},
            "megabytes": 4,
            **facts,
        }
        listed.write_text(yaml.safe_dump(entries))
        workflow.run(NET)
        yield workflow, server, state


def test_the_net_starts_from_what_was_fetched(run):
    workflow, server, state = run
    assert server.names() == ["/tiny.pt"]
    found = torch.load(workflow.folder / NET, weights_only=True)
    assert all(torch.equal(found[name], tensor) for name, tensor in state.items())
    card = workflow.folder / "results/downloads/weights/mobilefacenet/tiny.json"
    assert json.loads(card.read_text())["file"] == "results/downloads/weights/tiny.pt"


def test_the_same_weights_from_another_address_change_nothing(run, tmp_path):
    other = run[0].copy(tmp_path / "other")
    listed = other.folder / "resources/weights.yaml"
    listed.write_text(listed.read_text().replace("/tiny.pt", "/mirror/tiny.pt"))
    assert other.plan(NET) == set()


def test_other_weights_of_the_name_make_the_net_again(run, tmp_path):
    workflow, server, state = run
    other = workflow.copy(tmp_path / "other")
    file = io.BytesIO()
    torch.save({name: tensor + 1 for name, tensor in state.items()}, file)
    listed = other.folder / "resources/weights.yaml"
    entries = yaml.safe_load(listed.read_text())
    before = entries["mobilefacenet/tiny"]["files"]["tiny.pt"]
    after = hashlib.sha256(file.getvalue()).hexdigest()
    listed.write_text(listed.read_text().replace(before, after))
    assert "recognisers/small/net.pt" in other.plan(NET)
    said = other.fails(NET)
    assert f"expected the sha256 {after}, found {before}" in said
    assert "error: weights mobilefacenet/tiny: " in said
    assert len(server.names()) == 2
