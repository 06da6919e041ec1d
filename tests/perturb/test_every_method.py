"""What holds for all methods that perturb against a recogniser."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from aip.perturb import METHODS, method
from aip.perturb.strategy import call

MODULES = sorted({module: name for name, module in METHODS.items()}.values())
MIX = (("O", 1), ("T", 1), ("N", 1), ("B", 1), ("C", 1))


def perturb(name, problem, epsilon=200.0, steps=12):
    keys = {"steps": steps, "epsilon": epsilon, "step_size": 0.2, "step_rule": "relative"}
    return call(method(name), problem, keys)


def norms(r):
    return r.double().flatten(1).norm(dim=1)


def single(problem):
    """Return the problem in float32, the precision of studies."""
    recognisers = tuple(net.float() for net in problem.against)
    for net in recognisers:
        net.dtype = torch.float32
    return replace(problem, x=problem.x.float(), against=recognisers)


@pytest.mark.parametrize("robust_to", [(("O", 1),), MIX], ids=["O", "TNBC"])
@pytest.mark.parametrize("epsilon", [20.0, 400.0, 5000.0])
@pytest.mark.parametrize("name", MODULES)
def test_the_perturbed_head_is_an_image_in_the_ball(name, epsilon, robust_to, case):
    problem = single(case(hidden=True, scale=0.3, robust_to=robust_to, recognised=True)[0])
    found = perturb(name, problem, epsilon)
    assert found.r.dtype == torch.float32
    perturbed = problem.x + found.r
    assert perturbed.min() >= -1e-4
    assert perturbed.max() <= 255 + 1e-4
    assert norms(found.r).max() <= epsilon * (1 + 1e-6)
    assert norms(found.r).min() > 0


@pytest.mark.parametrize("targeted", [False, True])
@pytest.mark.parametrize("hidden", [False, True], ids=["linear", "ReLU"])
@pytest.mark.parametrize("name", MODULES)
def test_the_loss_falls(name, hidden, targeted, case):
    problem, _ = case(hidden, 0.02, recognised=True, targeted=targeted)
    found = perturb(name, problem)
    assert (found.last_loss < found.first_loss).all()


@pytest.mark.parametrize("name", MODULES)
def test_a_grey_head_stays_grey_and_another_does_not_become_so(name, case):
    problem, _ = case(hidden=True, scale=0.3, robust_to=MIX, recognised=True)
    r = perturb(name, problem).r
    spread = (r - r.mean(1, keepdim=True)).abs().amax((1, 2, 3))
    assert problem.grey.tolist() == [False, True, False]
    assert spread[1] <= 1e-9
    assert spread[[0, 2]].min() > 0.1


@pytest.mark.parametrize("robust_to", [(("O", 1),), MIX], ids=["O", "TNBC"])
@pytest.mark.parametrize("equal", [False, True])
@pytest.mark.parametrize("name", MODULES)
def test_a_zero_gradient_moves_nothing_and_gives_no_nan(name, equal, robust_to, case):
    problem, reference = case(robust_to=robust_to)
    reference.nets[0].W2 *= 0
    reference.nets[0].b2 *= 0 if equal else 1
    found = perturb(name, single(problem))
    assert found.r.isfinite().all()
    assert found.first_loss.isfinite().all()
    assert torch.equal(found.first_loss, found.last_loss)
    if name != "pgd":  # which starts elsewhere
        assert torch.equal(found.r, torch.zeros_like(found.r))


@pytest.mark.parametrize("name", MODULES)
def test_a_head_is_perturbed_alike_whatever_its_batch(name, case):
    problem, _ = case(hidden=True, scale=0.3, robust_to=MIX, recognised=True, diversity=0.5)
    together = perturb(name, problem)
    for chosen in ([2], [2, 0], [1, 2, 0]):
        several = {key: getattr(problem, key)[chosen] for key in ("x", "y", "grey", "ids")}
        found = perturb(name, replace(problem, **several))
        for i, k in enumerate(chosen):
            assert np.linalg.norm(found.r[i] - together.r[k]) <= 1e-8 * norms(together.r)[k]
            assert float(found.last_loss[i]) == pytest.approx(float(together.last_loss[k]))
