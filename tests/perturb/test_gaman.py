"""GAMAN's y* = argmax over y' ≠ y of f_y' is chosen at every step and copy."""

import numpy as np

from aip.perturb import method
from aip.perturb.steps import Steps


def rivals(reference, i):
    """Return y* by step, and by kind and copy."""
    found = {}
    for (head, step, kind, copy), derivative in reference.derivatives.items():
        if head == i:
            found.setdefault(step, {})[kind, copy] = int(derivative.argmin())
    return found


def step_beside(problem, reference, epsilon, steps=20):
    problem_r = method("gaman")(problem, Steps(steps, 0.1, epsilon)).r.numpy()
    r = np.zeros(problem.x[0].shape)
    for step in range(steps):
        assert np.linalg.norm(problem.asked[step][0] - r) <= 1e-6 * np.linalg.norm(r)
        _, g = reference.gradient(reference.losses["margin"], 0, r, step)
        r = reference.constrain(0, r - 0.1 * epsilon * g / np.linalg.norm(g), epsilon)
    assert np.linalg.norm(problem_r[0] - r) <= 1e-6 * np.linalg.norm(r)


def tie(problem, reference, behind):
    """Bring identity 0 of head 0 ahead of 1, and 1 ahead of 2 by `behind`."""
    (net,) = reference.nets
    scores, _ = net.scores(problem.x[0].numpy())
    net.b2 += np.array([1, 0, -behind, -99, -99]) - scores


def test_it_changes_between_steps_where_another_overtakes(case):
    problem, reference = case()
    # Identity 2 is behind identity 1 at first, and gains thrice as much where 1 gains.
    reference.nets[0].W2[2] = 3 * reference.nets[0].W2[1]
    tie(problem, reference, behind=0.5)
    step_beside(problem, reference, epsilon=60.0)
    chosen = [by_copy["O", 0] for by_copy in rivals(reference, 0).values()]
    assert (chosen[0], chosen[-1]) == (1, 2)


def test_it_differs_between_the_copies_of_a_step(case):
    problem, reference = case(robust_to=(("N", 3), ("T", 2)))
    tie(problem, reference, behind=0.01)
    step_beside(problem, reference, epsilon=60.0)
    apart = [len(set(by_copy.values())) > 1 for by_copy in rivals(reference, 0).values()]
    assert sum(apart) >= 5
