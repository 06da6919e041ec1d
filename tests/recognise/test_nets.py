import os
import pickle

import pytest
import torch
from torch import nn

from aip.errors import BadInput
from aip.recognise.nets import IMAGENET
from aip.recognise.nets.building import build, dimension, load
from aip.recognise.nets.inputs import input_size
from aip.recognise.nets.state import load_state
from aip.store import state

# What torchvision's own classifier takes.
DIMENSIONS = {
    "resnet18": (32, 512),
    "googlenet": (64, 1024),
    "squeezenet1_1": (64, 512),
    "alexnet": (64, 4096),
    "mobilenet_v3_small": (32, 1024),
}


@pytest.mark.parametrize("arch", DIMENSIONS)
def test_a_net_gives_what_its_classifier_would_take(arch):
    size, features = DIMENSIONS[arch]
    net = build(arch, weights=None)
    assert dimension(net, (size, size)) == features
    found = net.eval()(torch.rand(2, 3, size, size))
    assert found.shape == (2, features)
    assert float(found.detach().std()) > 0
    assert not any(isinstance(m, nn.Linear) and m.out_features == 1000 for m in net.modules())


@pytest.fixture
def saved(tmp_path):
    torch.manual_seed(1)
    net = build("resnet18", weights=None)
    torch.save(net.state_dict(), tmp_path / "net.pt")
    return tmp_path / "net.pt", net


def test_weights_come_back_from_their_file(saved):
    path, net = saved
    found = build("resnet18", weights=None)
    load_state(found, path)
    assert all(torch.equal(a, b) for a, b in zip(*map(values, (net, found)), strict=True))
    started_from = build("resnet18", weights=str(path))
    assert all(torch.equal(a, b) for a, b in zip(*map(values, (net, started_from)), strict=True))


def values(net: nn.Module) -> list[torch.Tensor]:
    return list(net.state_dict().values())


@pytest.mark.parametrize(
    "arch", ["alexnet", "googlenet", "resnet18", "regnet_y_400mf", "mobilenet_v3_small", "swin_t"]
)
def test_a_trained_net_is_read_as_it_was(tmp_path, arch):
    torch.manual_seed(1)
    net = build(arch, weights=None).eval()
    torch.save(net.state_dict(), tmp_path / "net.pt")
    images = torch.rand(1, 3, 224, 224)
    before = torch.get_rng_state()
    found, _ = load(arch, None, tmp_path / "net.pt")
    with torch.no_grad():
        assert torch.equal(found.eval()(images), net(images))
    drawn = not torch.equal(before, torch.get_rng_state())
    assert drawn == arch.startswith("regnet")  # of what is read, nothing is drawn before


def test_a_classifier_of_another_width_in_the_file_is_ignored(saved):
    path, net = saved
    state = net.state_dict() | {"fc.weight": torch.ones(7, 512), "fc.bias": torch.ones(7)}
    torch.save(state, path)
    found = build("resnet18", weights=str(path))
    assert all(torch.equal(a, b) for a, b in zip(*map(values, (net, found)), strict=True))


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (lambda s: s.update({"conv1.weight": torch.ones(64, 1, 7, 7)}), r"\(64, 1, 7, 7\)"),
        (lambda s: s.pop("conv1.weight"), "nothing"),
    ],
)
def test_a_tensor_that_does_not_fit_is_named_with_both_shapes(saved, spoil, found):
    path, net = saved
    state = dict(net.state_dict())
    spoil(state)
    torch.save(state, path)
    expected = rf"net\.pt: conv1\.weight: expected shape \(64, 3, 7, 7\), found {found}"
    with pytest.raises(BadInput, match=expected):
        build("resnet18", weights=str(path))


class Code:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("write", [torch.save, lambda o, p: p.write_bytes(pickle.dumps(o))])
def test_code_in_a_weights_file_is_refused_and_does_not_run(tmp_path, write):
    path, made = tmp_path / "net.pt", tmp_path / "made by the file"
    write({"conv1.weight": Code(made)}, path)
    with pytest.raises(BadInput, match=r"net\.pt: not a state dict"):
        build("resnet18", weights=str(path))
    assert not made.exists()


def test_code_in_a_weights_file_does_not_run_even_if_nobody_looks_at_names(tmp_path, monkeypatch):
    path, made = tmp_path / "net.pt", tmp_path / "made by the file"
    torch.save({"conv1.weight": Code(made)}, path)
    monkeypatch.setattr(state, "_check_names", lambda *_: None)
    with pytest.raises(BadInput, match=r"net\.pt: not a state dict"):
        build("resnet18", weights=str(path))
    assert not made.exists()


@pytest.mark.parametrize(
    "content", [b"", b"not weights", torch.ones(3), [torch.ones(3)], {"conv1.weight": 3}, 5]
)
def test_a_file_that_holds_no_state_dict_is_named(tmp_path, content):
    path = tmp_path / "net.pt"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        torch.save(content, path)
    with pytest.raises(BadInput, match=r"net\.pt: ") as caught:
        build("resnet18", weights=str(path))
    assert "\n" not in str(caught.value)


def test_half_a_weights_file_is_named(saved):
    path, _ = saved
    path.write_bytes(path.read_bytes()[:100_000])
    with pytest.raises(BadInput, match=r"net\.pt: not a state dict"):
        build("resnet18", weights=str(path))


def test_missing_weights_are_named(tmp_path):
    with pytest.raises(BadInput, match=r"gone\.pt: the weights are missing"):
        build("resnet18", weights=str(tmp_path / "gone.pt"))


@pytest.mark.parametrize("arch", ["resnet19", "fcn_resnet50", "quantized_resnet18", ""])
def test_an_unknown_net_is_named_with_the_nearest_that_is(arch):
    with pytest.raises(BadInput, match=f"unknown arch '{arch}'; .*resnet18") as caught:
        build(arch, weights=None)
    if arch == "resnet19":
        assert "did you mean 'resnet1" in str(caught.value)


def test_features_can_be_taken_from_any_layer(saved):
    path, net = saved
    seen = []
    net.eval().layer3.register_forward_hook(lambda *given: seen.append(given[-1].flatten(1)))
    x = torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        last = net(x)
        whole, statistics = load("resnet18", None, path)
        assert torch.equal(whole.eval()(x), last)
        cut, same = load("resnet18", "layer3", path)
        found = cut.eval()(x)
    assert statistics == same == IMAGENET
    assert found.shape == (2, 256 * 2 * 2)
    assert found.numpy() == pytest.approx(seen[0].numpy(), abs=1e-5)


def test_an_unknown_layer_is_named(saved):
    path, _ = saved
    expected = "unknown feature_layer of resnet18 'layer9'; did you mean 'layer"
    with pytest.raises(BadInput, match=expected):
        load("resnet18", "layer9", path)


@pytest.mark.parametrize(
    ("arch", "given", "expected"),
    [
        ("resnet18", None, [224, 224]),
        ("timm:resnet18", None, [224, 224]),
        ("alexnet", None, [227, 227]),
        ("caffe:alexnet", None, [227, 227]),
        ("caffe:googlenet", None, [224, 224]),
        ("caffe:resnet152", 96, [96, 96]),
        ("mobilefacenet", None, [112, 96]),
        ("resnet18", [48, 32], [48, 32]),
    ],
)
def test_an_input_is_as_given_a_square_or_what_the_net_was_made_for(arch, given, expected):
    assert input_size(arch, given) == expected
