"""Every method against galleries: at native size, against several nets, and a game's mixture."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from aip.perturb import METHODS, method
from aip.perturb.mixture import Share
from aip.perturb.native import canvas
from aip.perturb.problem import Problem
from aip.perturb.strategy import call
from aip.process.resize import resize
from aip.recognise.classifier import rows, teach
from aip.recognise.recogniser import Recogniser

MODULES = sorted({module: name for name, module in METHODS.items()}.values())
SIZES = ((9, 14), (23, 17), (13, 13))
INPUT = (12, 15)
PEOPLE = np.repeat([*"abcde"], 3)


def convnet(seed):
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, 2), nn.Tanh(), nn.AdaptiveAvgPool2d(3), nn.Flatten()
    ).double()


def heads():
    rng = np.random.default_rng(4)
    return [torch.from_numpy(rng.uniform(0, 255, (3, *size)).round()) for size in SIZES]


def recogniser(net, kind):
    """Enrol noise beside each head, so that heads 0, 1 and 2 are a, b and c."""
    nobody = torch.zeros(0, 1)
    eyes = Recogniser(net, nobody, nobody[:, 0], np.array([], str), INPUT, dtype=torch.float64)
    shown = torch.cat([resize(head[None], *INPUT) for head in heads()])
    rng = np.random.default_rng(7)
    others = torch.from_numpy(rng.uniform(0, 255, (2, *shown.shape[1:])))
    enrolled = eyes.features(torch.cat([shown, others])).repeat_interleave(3, 0).numpy()
    enrolled = enrolled + 0.02 * rng.standard_normal(enrolled.shape)
    weight, bias, people, owners = rows(teach(kind, enrolled, PEOPLE, seed=1))
    return Recogniser(net, weight, bias, people, INPUT, dtype=torch.float64, owners=owners)


def problem(against, *, native, **more):
    images = heads() if native else [resize(head[None], *INPUT)[0] for head in heads()]
    return Problem(
        x=canvas(images),
        y=torch.tensor([0, 1, 2]),
        grey=torch.tensor([False] * 3),
        against=tuple(against),
        robust_to=(("O", 1),),
        ids=np.array([10, 11, 12]),
        seed=3,
        native=SIZES if native else None,
        **more,
    )


@pytest.mark.parametrize("native", [True, False])
@pytest.mark.parametrize("kind", ["cosine", "centroid"])
@pytest.mark.parametrize("name", MODULES)
def test_a_method_makes_a_head_look_less_like_its_person(name, kind, native):
    of = problem([recogniser(convnet(0), kind)], native=native)
    keys = {"steps": 12, "epsilon": 800.0, "step_size": 0.2, "step_rule": "relative"}
    found = call(method(name), of, keys)
    own = [
        of.scores(r).gather(1, of.y[:, None])[:, 0] for r in (torch.zeros_like(found.r), found.r)
    ]
    assert (own[0] > 0.9).all()
    assert (own[1] < own[0] - 0.003).all()
    assert found.r.isfinite().all()


@pytest.mark.parametrize("native", [True, False])
def test_a_mixture_of_an_svm_and_a_gallery_shares_a_pass_and_sums_their_gradients(native):
    net = convnet(0)
    against = [recogniser(net, kind) for kind in ("svm", "cosine")]
    shares = (Share(0, "B", 0.25), Share(1, "B", 0.75))
    mixed = problem(against, native=native, mixture=shares)
    r = torch.from_numpy(np.random.default_rng(1).normal(0, 5, mixed.x.shape))
    for i, (height, width) in enumerate(mixed.sizes):
        r[i, :, height:], r[i, :, :, width:] = 0, 0

    def own(scores, y):
        return scores.gather(1, y[:, None])[:, 0]

    loss, g = mixed.gradient(own, r, 2)
    total, summed = 0, 0
    for share in shares:
        alone = problem([against[share.member]], native=native)
        alone = replace(alone, robust_to=(("B", 1),))
        spread = alone.scores(torch.zeros_like(r)).std(1, keepdim=True)
        value, gradient = alone.gradient(lambda s, y, by=spread: own(s / by, y), r, 2)
        total, summed = total + share.weight * value, summed + share.weight * gradient
    assert loss.numpy() == pytest.approx(total.numpy(), rel=1e-9)
    assert g.numpy() == pytest.approx(summed.numpy(), rel=1e-6, abs=1e-12)
