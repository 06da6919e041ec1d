import numpy as np
import pytest
import torch

from aip.perturb.bi_s import bi_s
from aip.perturb.descent import l2_ball_projection, l2_norm, unit
from aip.perturb.ga import log_probability
from aip.perturb.ga_s import true_score
from aip.perturb.gaman import margin
from aip.perturb.problem import Problem
from aip.perturb.steps import Steps

SCORES = torch.tensor([[1.0, 4.0, 2.0], [5.0, -1.0, 0.5], [3.0, 3.0, 3.0]])
Y = torch.tensor([1, 1, 0])


def test_the_losses_are_those_of_the_paper():
    assert margin(SCORES, Y).tolist() == [2.0, -6.0, 0.0]
    assert true_score(SCORES, Y).tolist() == [4.0, -1.0, 3.0]
    f = SCORES.double().numpy()
    expected = [f[i, y] - np.log(np.exp(f[i]).sum()) for i, y in enumerate(Y.tolist())]
    assert log_probability(SCORES, Y).tolist() == pytest.approx(expected, rel=1e-6)


def test_the_gradient_of_the_margin_is_one_against_the_strongest_other():
    scores = SCORES.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(margin(scores, Y)[:2].sum(), scores)
    assert gradient.tolist() == [[0, 1, -1], [-1, 1, 0], [0, 0, 0]]


def random(n: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(n).standard_normal((n, 3, 4, 4)))


def test_the_norm_is_that_of_all_values_of_a_head(case):
    r, (problem, _) = random(3), case()
    assert l2_norm(problem, r).shape == (3, 1, 1, 1)
    assert l2_norm(problem, r).flatten().tolist() == pytest.approx(
        r.flatten(1).norm(dim=1).tolist()
    )


def test_a_direction_has_unit_length_and_zero_has_none(case):
    problem, _ = case()
    d = random(3) * torch.tensor([1e-20, 1.0, 1e6])[:, None, None, None]
    d[1] = 0
    d = d.float()
    assert unit(problem, d).flatten(1).norm(dim=1).tolist() == pytest.approx([1, 0, 1], rel=1e-5)
    cosine = (unit(problem, d) * d).sum((1, 2, 3)) / d.flatten(1).norm(dim=1).clamp(min=1e-30)
    assert cosine[[0, 2]].tolist() == pytest.approx([1, 1], rel=1e-5)


def test_projection_shortens_what_is_outside_the_ball_and_nothing_else(case):
    problem, _ = case()
    r = unit(problem, random(4)) * torch.tensor([0.5, 1.0, 3.0, 0.0])[:, None, None, None]
    projected = l2_ball_projection(problem, r, 1.0)
    assert projected[[0, 1, 3]].numpy() == pytest.approx(r[[0, 1, 3]].numpy(), abs=1e-12)
    assert projected[2].numpy() == pytest.approx(r[2].numpy() / 3)
    assert torch.equal(l2_ball_projection(problem, projected, 2.0), projected)


def test_a_step_has_the_length_of_its_share_of_epsilon_whatever_the_scale_of_the_scores(linear):
    lengths = []
    for scale in (1e-4, 1.0, 1e4):
        problem = Problem(
            x=torch.full((2, 3, 6, 6), 128.0),
            y=torch.tensor([0, 1]),
            grey=torch.zeros(2, dtype=bool),
            against=(linear(3, 6, scale=scale),),
            robust_to=(("O", 1),),
            ids=np.array([1, 2]),
            seed=1,
        )
        r = bi_s(problem, Steps(1, step_size=0.25, epsilon=200.0)).r
        lengths += l2_norm(problem, r).flatten().tolist()
        # The sign method moves every value by the same amount.
        assert np.ptp(r.abs().numpy()) < 1e-4
    assert lengths == pytest.approx([50.0] * 6, rel=1e-5)
