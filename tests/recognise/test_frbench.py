import sys

import pytest
import torch
from torch import nn

from aip.errors import BadInput
from aip.recognise.nets import module, source
from aip.recognise.nets.building import build, dimension
from aip.recognise.nets.inputs import input_size

NET = "frbench:mobilefacenet"


@pytest.fixture
def frbench():
    """The package, which is not installed with the program."""
    return pytest.importorskip("frbench.backbones")


def test_that_the_package_is_not_installed_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "frbench", None)
    monkeypatch.delitem(sys.modules, "frbench.backbones", raising=False)
    with pytest.raises(BadInput, match="needs the package frbench, which is not installed here"):
        build(NET, None)


def test_its_input_is_112_pixels_from_minus_1_to_1():
    assert module(NET) == "aip.recognise.nets.frbench"
    assert input_size(NET, None) == input_size(NET, 112) == [112, 112]
    with pytest.raises(BadInput, match=r"found 96, expected \[112, 112\], the only one"):
        input_size(NET, 96)
    mean, deviation = source(NET).statistics(NET, nn.Identity())
    assert {(0 - m) / d for m, d in zip(mean, deviation, strict=True)} == {-1}
    assert {(255 - m) / d for m, d in zip(mean, deviation, strict=True)} == {1}


def test_a_net_is_frbenchs_own_with_the_weights_of_a_file(frbench, tmp_path):
    torch.manual_seed(0)
    theirs = frbench.BACKBONE_REGISTRY["mobilefacenet"]().eval()
    torch.save(theirs.state_dict(), tmp_path / "net.pt")
    net = build(NET, str(tmp_path / "net.pt")).eval()
    assert dimension(net, input_size(NET, None)) == 512
    x = torch.rand(2, 3, 112, 112, requires_grad=True)
    assert torch.equal(net(x), theirs(x))
    net(x).sum().backward()
    assert float(x.grad.abs().max()) > 0
    with pytest.raises(BadInput, match=r"net\.pt: .*: expected shape .*, found "):
        build("frbench:ir-18", str(tmp_path / "net.pt"))


@pytest.mark.usefixtures("frbench")
def test_an_unknown_backbone_is_named_with_the_nearest_that_is():
    with pytest.raises(BadInput, match="unknown arch 'frbench:ir-5'; did you mean 'frbench:ir-50'"):
        build("frbench:ir-5", None)
