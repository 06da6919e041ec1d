"""PGD beside an independent one in float64 NumPy, and where it starts."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from aip.compute.draws import generator
from aip.perturb import method
from aip.perturb.pgd import uniform_in_ball

STEPS = 20


def start(i, problem, reference, epsilon):
    rng = generator(problem.seed, "pgd", int(problem.ids[i]))
    direction = rng.standard_normal(problem.x[i].shape)
    dimension = direction.size
    if problem.grey[i]:
        direction, dimension = np.stack([direction.mean(0)] * 3), dimension / 3
    radius = epsilon * rng.random() ** (1 / dimension)
    return reference.constrain(i, radius * direction / np.linalg.norm(direction), epsilon)


@pytest.mark.parametrize("targeted", [False, True])
@pytest.mark.parametrize("epsilon", [60.0, 900.0])
@pytest.mark.parametrize("hidden", [False, True], ids=["linear", "ReLU"])
def test_every_iterate_steps_along_the_gradient_from_the_drawn_start(
    hidden, epsilon, targeted, case
):
    robust_to = (("O", 1), ("N", 1), ("B", 1))
    problem, reference = case(hidden, 0.3 if hidden else 0.05, robust_to, targeted=targeted)
    found = method("pgd")(problem, steps=STEPS, step_size=0.1, epsilon=epsilon)
    seen = [*problem.asked, found.r.numpy()]
    for i in range(len(problem.ids)):
        r = start(i, problem, reference, epsilon)
        for step in range(STEPS + 1):
            assert np.linalg.norm(seen[step][i] - r) <= 1e-6 * np.linalg.norm(r)
            _, g = reference.gradient(reference.losses["log"], i, r, step)
            r = reference.constrain(i, r - 0.1 * epsilon * g / np.linalg.norm(g), epsilon)


@pytest.mark.parametrize(("grey", "dimension"), [(False, 3), (True, 1)])
def test_it_starts_uniformly_in_the_ball(grey, dimension, case):
    n = 4000
    problem = replace(
        case()[0],
        x=torch.zeros(n, 3, 1, 1, dtype=torch.float64),
        y=torch.zeros(n, dtype=torch.int64),
        grey=torch.full((n,), grey),
        ids=np.arange(n),
    )
    r = uniform_in_ball(problem, 2.0).flatten(1).numpy()
    # In a ball of d dimensions, (‖r‖ / radius)^d is uniform and r rᵀ averages to radius² / (d + 2).
    share = np.sort((np.linalg.norm(r, axis=1) / 2) ** dimension)
    assert share == pytest.approx((np.arange(n) + 0.5) / n, abs=0.03)
    within = np.ones((3, 3)) / 3 if grey else np.eye(3)
    assert r.mean(0) == pytest.approx(np.zeros(3), abs=0.06)
    assert r.T @ r / n == pytest.approx(4 / (dimension + 2) * within, abs=0.06)
