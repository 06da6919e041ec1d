"""The draws of a problem's gradient, and what its nets see."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from aip.compute.draws import generator
from aip.errors import BadInput
from aip.perturb.mixture import Share
from aip.process import process


def score(scores, y):
    return scores[torch.arange(len(y)), y]


def test_every_step_draws_new_processing(case):
    problem, _ = case(robust_to=(("B", 1), ("T", 1)))
    r = torch.zeros_like(problem.x)
    gradients = [problem.gradient(score, r, step)[1] for step in range(6)]
    assert len({g.numpy().tobytes() for g in gradients}) > 1
    assert torch.equal(problem.gradient(score, r, 2)[1], gradients[2])


def test_the_users_draws_are_not_those_of_the_recogniser(case):
    problem, _ = case(robust_to=(("N", 1),))
    loss, _ = problem.gradient(score, torch.zeros_like(problem.x), 0)
    for key in [("recogniser", "N", 10, 0), ("recogniser", "N", 10, 0, 0)]:
        noisy = process("N")(problem.x[:1], [generator(problem.seed, *key)], "recogniser")
        assert abs(float(score(problem.against[0](noisy), problem.y[:1])[0] - loss[0])) > 1e-3


def test_scores_are_those_of_the_heads_as_they_are_averaged_over_the_scaled_nets(case):
    problem, reference = case(True, robust_to=(("B", 2),), sizes=(20, 13))
    r = np.random.default_rng(1).normal(0, 9, problem.x.shape)
    found = problem.scores(torch.from_numpy(r)).numpy()
    for i, x in enumerate(problem.x.numpy()):
        nets = reference.nets
        each = [net.scores(x + r[i])[0] / np.std(net.scores(x)[0], ddof=1) for net in nets]
        assert found[i] == pytest.approx(np.mean(each, axis=0), rel=1e-9)


def test_without_diversity_the_nets_see_what_is_there_to_the_bit(case):
    problem, _ = case(True, diversity=0.0)
    r = torch.from_numpy(np.random.default_rng(1).normal(0, 9, problem.x.shape))
    image = (problem.x + r).requires_grad_()
    loss = score(problem.against[0](image), problem.y)
    (g,) = torch.autograd.grad(loss.sum(), image)
    for given in (problem, case(True)[0]):
        found = given.gradient(score, r, 4)
        assert torch.equal(found[0], loss)
        assert torch.equal(found[1], g)


@pytest.mark.parametrize("diversity", [0.5, 1.0])
@pytest.mark.parametrize("sizes", [(20,), (20, 13)], ids=["one net", "two nets"])
def test_a_diverse_gradient_is_the_average_over_what_is_drawn(sizes, diversity, case):
    robust_to = (("O", 4), ("B", 1), ("N", 1))
    problem, reference = case(True, robust_to=robust_to, sizes=sizes, diversity=diversity)
    r = np.random.default_rng(1).normal(0, 9, problem.x.shape)
    plain = replace(problem, diversity=0.0).gradient(score, torch.from_numpy(r), 7)[1].numpy()
    values, found = problem.gradient(score, torch.from_numpy(r), 7)
    for i in range(len(r)):
        value, g = reference.gradient(reference.losses["score"], i, r[i], 7)
        assert float(values[i]) == pytest.approx(value, rel=1e-9)
        assert np.linalg.norm(found[i].numpy() - g) <= 1e-9 * np.linalg.norm(g)
        assert np.linalg.norm(found[i].numpy() - plain[i]) > 0.1 * np.linalg.norm(g)


def test_diversity_is_the_share_of_heads_steps_and_copies_that_are_changed(case):
    problem, _ = case(robust_to=(("O", 1),), diversity=0.3)
    many = {"x": problem.x[:1].expand(400, -1, -1, -1), "ids": np.arange(400)}
    y, grey = torch.zeros(400, dtype=torch.int64), torch.zeros(400, dtype=torch.bool)
    problem = replace(problem, **many, y=y, grey=grey)
    clean = problem.scores(torch.zeros_like(problem.x))[:, 0]
    changed = [
        (problem.gradient(score, torch.zeros_like(problem.x), step)[0] - clean).abs() > 1e-9
        for step in range(2)
    ]
    # From 97.5 % on, a shrunken side of 20 pixels rounds to what it was: 0.3 · 17.5/20.
    shares = [float(share.double().mean()) for share in changed]
    assert shares == pytest.approx([0.2625] * 2, abs=0.06)
    assert not torch.equal(*changed)


@pytest.mark.parametrize("diversity", [-0.1, 1.5, float("nan")])
def test_a_diversity_that_is_no_probability_is_named(diversity, case):
    with pytest.raises(BadInput, match=r"^diversity: found .*, expected a probability"):
        case(diversity=diversity)


@pytest.mark.parametrize("targeted", [False, True])
def test_a_balanced_gradient_is_that_of_the_soft_maximum_over_nets(targeted, case):
    robust_to = (("O", 1), ("B", 2))
    given = {"robust_to": robust_to, "targeted": targeted}
    problem, reference = case(True, sizes=(20, 13, 17), ensemble="balanced", **given)
    r = np.random.default_rng(1).normal(0, 9, problem.x.shape)
    values, found = problem.gradient(score, torch.from_numpy(r), 7)
    nets, uneven = reference.nets, 0
    for i in range(len(r)):
        each = []
        for net in nets:
            reference.nets = [net, net]  # scaled, as against several
            each.append(reference.gradient(reference.losses["score"], i, r[i], 7))
        weights = np.exp([value for value, _ in each])
        assert float(values[i]) == pytest.approx(np.log(weights.mean()), rel=1e-9)
        weights /= weights.sum()
        uneven = max(uneven, weights.max())
        g = sum(weight * part for weight, (_, part) in zip(weights, each, strict=True))
        assert np.linalg.norm(found[i].numpy() - g) <= 1e-9 * np.linalg.norm(g)
    assert uneven > 0.5
    assert torch.allclose(problem.loss(score, torch.from_numpy(r), 7), values, rtol=1e-12)


def test_a_balanced_problem_against_one_net_is_the_plain_one(case):
    problem, _ = case(True, robust_to=(("O", 1), ("B", 2)))
    r = torch.from_numpy(np.random.default_rng(1).normal(0, 9, problem.x.shape))
    plain, balanced = (
        each.gradient(score, r, 3) for each in (problem, replace(problem, ensemble="balanced"))
    )
    assert torch.allclose(balanced[0], plain[0], rtol=1e-12)
    assert torch.equal(balanced[1], plain[1])


def test_an_ensemble_that_cannot_be_is_refused(case):
    problem, _ = case()
    with pytest.raises(BadInput, match="ensemble: unknown ensemble 'max'; expected one of mean, "):
        replace(problem, ensemble="max")
    with pytest.raises(BadInput, match=r"^ensemble: found 'balanced' with a mixture"):
        replace(problem, ensemble="balanced", mixture=(Share(0, "O", 1.0),))
