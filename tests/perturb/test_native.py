"""Heads perturbed at native size: what is optimised is what is published."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from aip.compute.draws import generator
from aip.errors import BadInput
from aip.perturb import METHODS, method
from aip.perturb.descent import l2_norm
from aip.perturb.native import canvas, uncovered
from aip.perturb.problem import Problem
from aip.perturb.publish import publish
from aip.perturb.strategy import call
from aip.process import process
from aip.process.resize import resize
from aip.recognise.recogniser import Recogniser
from aip.recognise.scoring import summed_scores

MODULES = sorted({module: name for name, module in METHODS.items()}.values())
SIZES = ((9, 14), (23, 17), (13, 13), (31, 8), (7, 30))
MIX = tuple((kind, 1) for kind in "OTNBCJM")


def convnet(seed=0, size=(12, 15)):
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Conv2d(3, 8, 3, 2), nn.ReLU(), nn.AdaptiveAvgPool2d(3), nn.Flatten())
    weight = torch.from_numpy(np.random.default_rng(seed).standard_normal((5, 72)))
    names = np.array([f"person{i}" for i in range(5)])
    return Recogniser(net, weight, torch.zeros(5), names, size)


def images():
    rng = np.random.default_rng(4)
    found = [rng.normal(120, 70, (*size, 3)).clip(0, 255).astype(np.uint8) for size in SIZES]
    found[1][:] = found[1][..., :1]
    return found


def native(against, chosen=range(5), **more):
    heads = images()
    x = canvas([torch.from_numpy(heads[i]).permute(2, 0, 1).float() for i in chosen])
    return Problem(
        x=x,
        y=torch.tensor([0, 1, 2, 3, 4])[list(chosen)],
        grey=torch.tensor([i == 1 for i in chosen]),
        against=tuple(against),
        ids=np.array([10 + i for i in chosen]),
        seed=3,
        native=tuple(SIZES[i] for i in chosen),
        **{"robust_to": (("O", 1),), **more},
    )


def radius(problem, rms=12.0):
    each = [rms * np.sqrt(3 * height * width) for height, width in problem.sizes]
    return torch.tensor(each, dtype=problem.x.dtype)[:, None, None, None]


def perturb(name, problem, rms=12.0):
    keys = {"steps": 5, "step_size": 0.3, "step_rule": "relative", "epsilon": radius(problem, rms)}
    return call(method(name), problem, keys)


def score(scores, y):
    return scores.gather(1, y[:, None])[:, 0]


def test_the_gradient_is_the_adjoint_of_resizing_taken_at_the_rounded_head():
    """Of a linear net: Rᵀ W C, whatever is rounded, beside finite differences of the resize."""
    names = np.array(["a", "b", "c", "d", "e"])
    weight = torch.from_numpy(np.random.default_rng(0).standard_normal((5, 3 * 6 * 6)))
    net = Recogniser(nn.Flatten(), weight, torch.zeros(5), names, (6, 6), dtype=torch.float64)
    problem = native([net])
    problem = replace(problem, x=problem.x.double())
    r = torch.zeros_like(problem.x)
    _, g = problem.gradient(score, r, 0)
    deviation = torch.tensor([58.395, 57.12, 57.375], dtype=torch.float64)[:, None, None]
    for i, (height, width) in enumerate(SIZES):
        for place in ((0, 0, 0), (1, height - 1, width // 2), (2, height // 2, width - 1)):
            pixel = torch.zeros(1, 3, height, width, dtype=torch.float64)
            pixel[(0, *place)] = 1
            expected = float(weight[i] @ (resize(pixel, 6, 6)[0] / deviation).flatten())
            assert float(g[(i, *place)]) == pytest.approx(expected, rel=1e-9, abs=1e-12)
        assert not g[i, :, height:].any()
        assert not g[i, :, :, width:].any()
    assert torch.equal(problem.gradient(score, r + 0.4, 0)[0], problem.gradient(score, r, 0)[0])
    assert not torch.equal(problem.loss(score, r + 0.6, 0), problem.loss(score, r, 0))


@pytest.mark.parametrize("name", MODULES)
def test_what_the_nets_saw_is_what_is_published_and_scored(name):
    net = convnet()
    problem = native([net])
    found = perturb(name, problem)
    own = [r[0] for r in uncovered(found.r, problem.sizes)]
    published = [publish(*pair) for pair in zip(images(), own, strict=True)]
    scores = summed_scores(net, published, problem.ids, (("O", 1),), 1, lambda _: None)
    assert problem.scores(found.r).numpy() == pytest.approx(scores, rel=1e-5, abs=1e-5)
    changed = [not np.array_equal(*pair) for pair in zip(images(), published, strict=True)]
    assert any(changed)
    assert np.ptp(published[1].astype(int), axis=2).max() == 0
    assert np.ptp(published[0].astype(int), axis=2).max() > 0


@pytest.mark.parametrize("name", MODULES)
def test_the_ball_is_of_one_root_mean_square_and_nothing_lies_beyond_a_head(name):
    problem = native([convnet()], robust_to=MIX)
    found = perturb(name, problem, 3.0)
    assert (l2_norm(problem, found.r) <= radius(problem, 3.0) * (1 + 1e-5)).all()
    assert ((problem.x + found.r) >= -1e-3).all()
    assert ((problem.x + found.r) <= 255 + 1e-3).all()
    for r, (height, width) in zip(found.r, SIZES, strict=True):
        assert not r[:, height:].any()
        assert not r[:, :, width:].any()
    assert (found.r[1] - found.r[1].mean(0)).abs().max() < 1e-3


@pytest.mark.parametrize("name", MODULES)
def test_a_head_is_perturbed_alike_to_the_bit_whoever_shares_its_canvas(name):
    nets = [convnet(), convnet(1, (17, 11))]
    for more in ({"robust_to": MIX}, {"target": True, "diversity": 0.5}):
        runs = []
        for chosen in ([0, 1, 2, 3, 4], [2, 0, 2, 1, 0], [1, 2, 2, 2, 0]):
            problem = native(nets, chosen, **{k: v for k, v in more.items() if k != "target"})
            if "target" in more:
                problem = replace(problem, target=(problem.y + 2) % 5)
            found = perturb(name, problem)
            own = uncovered(found.r, problem.sizes)
            runs.append({i: (own[k], found.last_loss[k]) for k, i in enumerate(chosen)})
        for other in runs[1:]:
            for i, (r, loss) in other.items():
                assert torch.equal(r, runs[0][i][0])
                assert torch.equal(loss, runs[0][i][1])


@pytest.mark.parametrize("kind", ["T", "N", "B", "C"])
def test_processing_is_at_native_size_and_rounded_as_the_recogniser_has_it(kind):
    net = convnet()
    problem = native([net], robust_to=((kind, 1),))
    found = problem.loss(score, torch.zeros_like(problem.x), 2)
    for i, head in enumerate(images()):
        image = torch.from_numpy(head).permute(2, 0, 1)[None].float()
        rng = generator(problem.seed, "user", kind, int(problem.ids[i]), 2, 0)
        seen = process(kind)(image, [rng], "user").clamp(0, 255).round()
        expected = float(net(resize(seen, *net.input_size))[0, i])
        assert float(found[i]) == pytest.approx(expected, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"native": SIZES[:4]}, r"native: found 4 sizes, .* expected 5 and \(31, 30\), as x has"),
        ({"native": ((9, 14),) * 5}, r"native: found 5 sizes, the largest sides \(9, 14\)"),
        ({"native": ((0, 14),) * 5}, r"native: found \(0, 14\), expected \(height, width\)"),
        ({"against": (nn.Sequential(nn.Flatten(), nn.Linear(2790, 5)).eval(),)}, "against: found "),
    ],
)
def test_what_is_no_native_size_is_refused(given, said):
    with pytest.raises(BadInput, match=said):
        replace(native([convnet()]), **given)


def test_a_radius_that_is_none_is_refused():
    problem = native([convnet()])
    for wrong in (radius(problem).flatten(), -radius(problem), radius(problem) / 0):
        with pytest.raises(BadInput, match="epsilon: found a tensor of shape"):
            method("apgd-ce")(problem, steps=2, epsilon=wrong)
