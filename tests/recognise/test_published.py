import hashlib
import io
from pathlib import Path

import pytest
import torch
import yaml
from torchvision import models

from aip.download.weights import FOLDER, asked, known
from aip.errors import BadInput
from aip.recognise.nets.building import build
from aip.recognise.nets.published import fetch_weights
from aip.store import checkout
from standins.server import Server

ARCH, NAME = "squeezenet1_1", "IMAGENET1K_V1"


@pytest.fixture
def weights(tmp_path, monkeypatch):
    """Serve the weights of a small net in the place of torchvision's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(checkout, "ROOT", tmp_path)
    torch.manual_seed(5)
    file = io.BytesIO()
    state = models.get_model(ARCH).state_dict()
    torch.save(state, file)
    with Server() as server:
        content = server.files["/models/net.pth"] = file.getvalue()
        entry = {
            "arch": ARCH,
            "url": f"{server.url}/models/net.pth",
            "files": {"net.pth": hashlib.sha256(content).hexdigest()},
            "megabytes": 5,
            **dict.fromkeys(("licence", "taught_on", "source"), "none"),
        }
        (tmp_path / "resources").mkdir()
        text = yaml.safe_dump({f"{ARCH}/{NAME}": entry})
        (tmp_path / "resources/weights.yaml").write_text(text)
        server.state = state
        yield server


def test_a_net_starts_from_the_downloaded_weights(weights):
    net = build(ARCH, NAME)
    state = net.state_dict()
    assert state
    assert all(torch.equal(value, weights.state[name]) for name, value in state.items())
    build(ARCH, NAME)
    assert weights.whole() == {"/models/net.pth": 1}  # the second time, the file is here


def test_a_download_that_is_not_the_known_file_is_refused_and_never_used(weights, tmp_path):
    weights.files["/models/net.pth"] += b"more"
    with pytest.raises(BadInput, match=r"net\.pth: expected the sha256 .* not used"):
        build(ARCH, NAME)
    assert not (tmp_path / FOLDER / "net.pth").exists()


def test_a_file_that_was_changed_since_is_downloaded_again(weights):
    path = fetch_weights(ARCH, NAME)
    content = path.read_bytes()
    path.write_bytes(content[:-1] + b"?")
    assert fetch_weights(ARCH, NAME).read_bytes() == content
    assert weights.whole() == {"/models/net.pth": 2}
    assert path == Path("results", "downloads", "weights", "net.pth")


@pytest.mark.parametrize(
    ("arch", "name", "expected"),
    [
        ("resnet50", "IMAGENET", "expected one of IMAGENET1K_V1, IMAGENET1K_V2, a file or null"),
        ("resnet34", "IMAGENET1K_V1", "expected a file or null"),
        ("timm:resnet18", "pretrained", "expected a file or null"),
        ("mobilefacenet", "face", "expected a file or null"),
        ("caffe:alexnet", "IMAGENET1K_V1", "expected a file or null"),
    ],
)
def test_a_name_without_a_full_checksum_is_refused_with_those_that_have_one(arch, name, expected):
    for ask in (asked, build):
        with pytest.raises(BadInput) as caught:
            ask(arch, name)
        assert f"unknown weights '{name}' of {arch}; {expected} (" in str(caught.value)
        assert "resources/weights.yaml" in str(caught.value)


# Those of torchvision.
PUBLISHED = [each for each in known().values() if each.source == "torchvision"]


@pytest.mark.parametrize("entry", PUBLISHED, ids=lambda entry: entry.name)
def test_an_entry_agrees_with_what_torchvision_says_of_it(entry):
    said = models.get_model_weights(entry.arch)[entry.short]
    assert entry.where == said.url
    ((path, sha256),) = entry.paths.items()
    # torchvision puts the first digits of the checksum into the file's name.
    assert path.name == f"{path.stem[:-9]}-{sha256[:8]}.pth"
    assert said.url.endswith(f"/{path.name}")
    assert entry.megabytes == pytest.approx(said.meta["_file_size"] * 2**20 / 1e6, abs=0.06)


def test_the_papers_nets_have_published_weights():
    paper = {"alexnet", "vgg16", "googlenet", "resnet152"}
    assert paper <= {each.arch for each in PUBLISHED if each.short == NAME}
