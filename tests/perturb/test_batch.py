"""Methods against nets that are no recogniser of a study: torchvision's, and one by hand."""

import copy

import numpy as np
import pytest
import torch
from torch import nn
from torchvision import models

import aip
from aip.errors import BadInput

KEYS = {
    "gaman": {"steps": 4, "step_size": 0.3, "epsilon": 1500.0},
    "apgd-ce": {"steps": 4, "epsilon": 1500.0},
    "apgd-dlr": {"steps": 4, "epsilon": 1500.0},
    "deepfool": {"steps": 4, "epsilon": 1500.0, "candidates": 2},
    "mi-fgsm": {"steps": 4, "step_size": 0.3, "epsilon": 1500.0, "decay": 0.5},
}


class ByHand(nn.Module):
    """Scores that are linear in the image's rows, of no layer of PyTorch's."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.from_numpy(np.random.default_rng(1).normal(size=(96, 5))))

    def forward(self, images):
        return images.double().mean(3).flatten(1) @ self.weight / 100


def resnet():
    torch.manual_seed(0)
    net = models.resnet18(num_classes=5)
    net.conv1.weight.data /= 50  # of images on the 0–255 scale
    return net.eval()


NETS = {"resnet18": resnet, "by hand": lambda: ByHand().eval()}


@pytest.fixture
def heads():
    x = torch.from_numpy(np.random.default_rng(2).uniform(20, 230, (4, 3, 32, 24))).float()
    x[3] = x[3, :1]  # without colour
    return x


@pytest.mark.parametrize("robust_to", ["O1", "O1_B1_N1"])
@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize("made", NETS)
def test_a_method_perturbs_against_any_module_and_leaves_it_as_it_was(made, name, robust_to, heads):
    net = NETS[made]()
    before = copy.deepcopy(net.state_dict())
    y = net(heads).argmax(1).detach()
    found = aip.perturb_heads(net, heads, y, name, robust_to=robust_to, **KEYS[name])
    assert found.r.shape == heads.shape
    assert found.r.dtype == torch.float32
    assert (heads + found.r).min() >= -1e-3
    assert (heads + found.r).max() <= 255 + 1e-3
    assert found.r.flatten(1).norm(dim=1).min() > 0
    assert found.r.flatten(1).norm(dim=1).max() <= 1500 * (1 + 1e-5)
    assert (found.r[3] - found.r[3, :1]).abs().max() <= 1e-3
    if robust_to == "O1":
        assert (found.last_loss < found.first_loss).all()
        assert (net(heads + found.r).argmax(1) != y).any()
    after = net.state_dict()
    assert all(torch.equal(after[key], value) for key, value in before.items())
    assert all(each.requires_grad and each.grad is None for each in net.parameters())
    assert not net.training


def test_several_modules_are_perturbed_against_at_once(heads):
    nets = [make() for make in NETS.values()]
    y = torch.tensor([0, 1, 2, 3])
    keys = KEYS["gaman"]
    both = aip.perturb_heads(nets, heads, y, "gaman", **keys).r
    for net in nets:
        assert not torch.equal(both, aip.perturb_heads(net, heads, y, "gaman", **keys).r)


def test_targets_ids_and_seed_are_those_given(heads):
    net, y = NETS["by hand"](), torch.tensor([0, 1, 2, 3])
    keys = {"robust_to": "B1", **KEYS["gaman"]}
    found, again, seed, ids = (
        aip.perturb_heads(net, heads, y, "gaman", **keys, **more).r
        for more in ({}, {"ids": np.arange(1, 5)}, {"seed": 2}, {"ids": np.arange(4)})
    )
    assert torch.equal(found, again)
    assert not torch.equal(found, seed)
    assert not torch.equal(found, ids)
    target = (y + 1) % 5
    strong = {**KEYS["gaman"], "steps": 20, "epsilon": 2000.0}
    aimed = aip.perturb_heads(net, heads, y, "gaman", target=target, **strong).r
    assert torch.equal(net(heads + aimed).argmax(1), target)


@pytest.mark.parametrize(
    ("name", "given", "sentence"),
    [
        ("gamann", {}, r"method: unknown method 'gamann'; did you mean 'gaman'\? .*"),
        ("gaman", {"stepsize": 1}, r"gaman: unknown key 'stepsize'; did you mean 'step_size'\? .*"),
        ("gaman", {"decay": 1}, r"gaman: unknown key 'decay'; .*"),
        ("apgd-ce", {"step_size": 1}, r"apgd-ce: unknown key 'step_size'; .*"),
        (
            "gaman",
            {"steps": 3, "epsilon": 9.0},
            r"gaman: step_size is missing; it takes steps, step_size, epsilon, step_rule",
        ),
        ("deepfool", {"steps": 3}, r"deepfool: epsilon is missing; it takes steps, epsilon, .*"),
        ("gaman", {"x": np.zeros((4, 3, 8, 8))}, r"x: found ndarray, expected a tensor"),
        ("gaman", {"net": len}, r"net: found builtin_.*, expected a torch.nn.Module or a list .*"),
        ("gaman", {"net": [len]}, r"net: found builtin_.*, expected a torch.nn.Module"),
        (
            "gaman",
            {"net": nn.Sequential(nn.Flatten(), nn.Linear(2304, 5)).double().eval()},
            r"Sequential: found no scores for one torch.float32 image .*: .* dtype.*",
        ),
        ("gaman", {"robust_to": 5}, r"robust_to: found 5, expected pairs of a kind and a count"),
        (
            "mi-fgsm",
            {"steps": 3, "step_size": 0.1, "epsilon": 9.0, "decay": "a"},
            r"decay: found 'a', expected a number of at least 0",
        ),
        ("gaman", {"robust_to": "Q1"}, r"robust_to: unknown processing 'Q1' .*"),
    ],
)
def test_a_key_that_a_method_does_not_take_or_lacks_is_named(name, given, sentence, heads):
    with pytest.raises(BadInput, match=f"^{sentence}$"):
        aip.perturb_heads(
            **{"net": ByHand().eval(), "x": heads, "y": torch.arange(4), "method": name, **given}
        )
