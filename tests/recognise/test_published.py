import hashlib
import io
from pathlib import Path

import pytest
import torch
from torchvision import models

from aip.errors import BadInput
from aip.recognise.nets import published
from aip.recognise.nets.building import build
from aip.recognise.nets.published import checksum, fetch_weights
from aip.store.checkout import remote
from standins.server import Server

ARCH, NAME = "squeezenet1_1", "IMAGENET1K_V1"


@pytest.fixture
def weights(tmp_path, monkeypatch):
    """Serve the weights of a small net in the place of torchvision's."""
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(5)
    file = io.BytesIO()
    state = models.get_model(ARCH).state_dict()
    torch.save(state, file)
    with Server() as server:
        content = server.files["/models/net.pth"] = file.getvalue()
        entry = {
            "url": f"{server.url}/models/net.pth",
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        known = {"weights": {ARCH: {NAME: entry}}}
        monkeypatch.setattr(published, "remote", known.__getitem__)
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
    assert not (tmp_path / published.FOLDER / "net.pth").exists()


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
    for ask in (checksum, build):
        with pytest.raises(BadInput) as caught:
            ask(arch, name)
        assert f"unknown weights '{name}' of {arch}; {expected} (" in str(caught.value)
        assert "resources/downloads.yaml" in str(caught.value)


NAMES = [(arch, name) for arch, names in remote("weights").items() for name in names]


@pytest.mark.parametrize(("arch", "name"), NAMES)
def test_an_entry_agrees_with_what_torchvision_says_of_it(arch, name):
    entry = remote("weights")[arch][name]
    assert entry["url"] == models.get_model_weights(arch)[name].url
    # torchvision puts the first digits of the checksum into the file's name.
    assert entry["url"].endswith(f"-{entry['sha256'][:8]}.pth")
    assert len(bytes.fromhex(entry["sha256"])) == 32


def test_the_papers_nets_have_published_weights():
    paper = {"alexnet", "vgg16", "googlenet", "resnet152"}
    assert paper <= {arch for arch, name in NAMES if name == "IMAGENET1K_V1"}
