"""Nets of a user's own code."""

import sys

import pytest
import torch

from aip.errors import BadInput
from aip.recognise.nets.building import build, cut_points, load
from aip.recognise.nets.own_code import sources
from aip.recognise.nets.trial import check_brought

CODE = """
import torch
from torch import nn

def small():
    torch.manual_seed(1)
    return nn.Sequential(nn.Conv2d(3, 4, 3, 2), nn.ReLU(), nn.Flatten(), nn.LazyLinear(8))

def fixed():
    net = nn.Sequential(nn.Conv2d(3, 4, 3, 2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    nn.init.normal_(net[0].weight)
    return net

def maps():
    return nn.Conv2d(3, 4, 3)

class Broken(nn.Module):
    def forward(self, x):
        return torch.log(-x.abs().mean((2, 3)) - 1)

class Deaf(nn.Module):
    def forward(self, x):
        return x.detach().mean((2, 3))

class Mixing(nn.Module):
    def forward(self, x):
        return (x - x.mean(0)).mean((2, 3)) + 1

def nothing():
    return 3

def failing():
    raise RuntimeError("no such luck")

number = 3
"""
WHERE = "config: recognisers.mine"


@pytest.fixture
def code(tmp_path, monkeypatch):
    """Write a package of one's own beside which the program runs; return its name."""
    number = len(named)
    name = f"faces{number}"
    named.append(name)
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("")
    (tmp_path / name / "nets.py").write_text(CODE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    return name


named: list[str] = []


def test_a_function_of_a_package_gives_the_net(code, tmp_path):
    net = build(f"module:{code}.nets:fixed", None)
    torch.save(net.state_dict(), tmp_path / "net.pt")
    again, statistics = load(f"module:{code}.nets:fixed", None, tmp_path / "net.pt")
    x = torch.rand(2, 3, 16, 16)
    assert torch.equal(net(x), again(x))
    assert statistics == ((127.5,) * 3, (128.0,) * 3)
    assert "0" in cut_points(net)
    started = build(f"module:{code}.nets:fixed", str(tmp_path / "net.pt"))
    assert torch.equal(started(x), net(x))


def test_its_channels_may_be_blue_green_and_red(code, tmp_path):
    net = build(f"module:{code}.nets:fixed", None)
    torch.save(net.state_dict(), tmp_path / "net.pt")
    said = {"mean": [1.0, 2.0, 3.0], "deviation": [4.0, 5.0, 6.0], "channels": "bgr"}
    turned, statistics = load(f"module:{code}.nets:fixed", None, tmp_path / "net.pt", said)
    x = torch.rand(2, 3, 16, 16)
    assert torch.equal(turned(x), net(x[:, [2, 1, 0]]))
    assert statistics == ((1, 2, 3), (4, 5, 6))


def test_its_sources_are_all_files_of_its_package(code, tmp_path):
    (tmp_path / code / "more").mkdir()
    (tmp_path / code / "more/layers.py").write_text("")
    found = sources(f"module:{code}.nets:fixed")
    assert {path.name for path in found} == {"__init__.py", "nets.py", "layers.py"}
    (tmp_path / "single_face_net.py").write_text("")
    assert [path.name for path in sources("module:single_face_net:build")] == ["single_face_net.py"]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("nets:maps", "found an output of shape (3, 4, 14, 14) for 3 images, expected features"),
        ("nets:Broken", "found features that are infinite or no numbers (NaN)"),
        ("nets:Deaf", "found features that PyTorch cannot differentiate by the image"),
        ("nets:Mixing", "found features of an image that depend on the others of its batch"),
        ("nets:nothing", "nets:nothing: found int, expected a torch.nn.Module"),
        ("nets:failing", "it fails with RuntimeError: no such luck"),
        ("nets:number", "found int as number in"),
        ("nets:other", "found nothing as other in"),
        ("layers:build", "importing {code}.layers fails with ModuleNotFoundError"),
    ],
)
def test_what_gives_no_features_is_refused(code, name, sentence):
    with pytest.raises(BadInput, match=r"^config: recognisers\.mine: ") as error:
        check_brought(f"module:{code}.{name}", None, None, [16, 16], WHERE)
    assert sentence.format(code=code) in str(error.value)


def test_what_gives_features_passes(code):
    check_brought(f"module:{code}.nets:fixed", None, None, [16, 16], WHERE)
    with pytest.raises(BadInput, match=r"mine: unknown feature_layer '7'; "):
        check_brought(f"module:{code}.nets:fixed", None, "7", [16, 16], WHERE)


@pytest.mark.parametrize("arch", ["module:faces", "module::build", "module:a b:c", "module:a:"])
def test_a_name_of_another_form_is_refused(arch):
    with pytest.raises(BadInput, match=r"expected module:<package>:<function>"):
        sources(arch)


def test_a_package_that_is_not_there_or_was_downloaded_is_refused(tmp_path, monkeypatch):
    with pytest.raises(BadInput, match=r"there is no package no_such_faces, expected one that is"):
        sources("module:no_such_faces:build")
    downloads = tmp_path / "results/downloads/weights"
    downloads.mkdir(parents=True)
    (downloads / "fetched_faces.py").write_text("raise SystemExit('it ran')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(downloads)
    with pytest.raises(BadInput, match=r"was downloaded, and code from outside is never run"):
        build("module:fetched_faces:build", None)
