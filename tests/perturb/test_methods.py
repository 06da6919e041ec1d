"""The paper's methods, each iterate beside an independent one in float64 NumPy."""

import numpy as np
import pytest

from aip.perturb import METHODS, method
from aip.perturb.steps import Steps

STEPS = 20
MIX = (("O", 1), ("T", 1), ("N", 1), ("B", 2), ("C", 1))
# The loss, whether the step takes its gradient's sign, and the authors' factor of the step size.
CASES = {
    "ga": ("log", False, 1e4),
    "bi": ("log", True, 0.1),
    "ga-s": ("score", False, 1e4),
    "bi-s": ("score", True, 0.1),
    "gaman": ("margin", False, 5e3),
}
# Step size, step rule, epsilon, scale of the SVM.
RULES = {
    "projecting": (0.3, "relative", 60.0, 0.05),
    "clipping": (0.05, "relative", 900.0, 0.05),
    "paper": (3.0, "paper", 30.0, 2e-3),
    "paper, clipping": (15.0, "paper", 2000.0, 2e-3),
}


def iterates(reference, i, name, step_size, step_rule, epsilon, steps):
    loss, sign, factor = CASES[name]
    r, losses = np.zeros(reference.problem.x[i].shape), []
    yield r
    for step in range(steps):
        value, g = reference.gradient(reference.losses[loss], i, r, step)
        losses.append(value)
        d = np.sign(g) if sign else g
        length = (
            step_size * epsilon / np.linalg.norm(d)
            if step_rule == "relative"
            else factor * step_size
        )
        r = reference.constrain(i, r - length * d, epsilon)
        yield r
    value, _ = reference.gradient(reference.losses[loss], i, r, steps)
    reference.first_and_last = losses[0], value


def step_beside(problem, reference, name, step_size, step_rule, epsilon, steps=STEPS):
    """Hold every iterate and loss of a method against the reference; return the last iterates."""
    found = method(name)(problem, Steps(steps, step_size, epsilon, step_rule))
    seen = [*problem.asked, found.r.numpy()]
    assert len(seen) == steps + 1
    for i in range(len(problem.ids)):
        expected = iterates(reference, i, name, step_size, step_rule, epsilon, steps)
        for step, r in enumerate(expected):
            error = np.linalg.norm(seen[step][i] - r)
            assert error <= 1e-6 * np.linalg.norm(r), (problem.ids[i], step)
        losses = float(found.first_loss[i]), float(found.last_loss[i])
        assert losses == pytest.approx(reference.first_and_last, rel=1e-6, abs=1e-9)
    return seen[-1]


@pytest.mark.parametrize("hidden", [False, True], ids=["linear", "ReLU"])
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", CASES)
def test_every_iterate_is_that_of_the_formulas(name, rule, hidden, case):
    *step, scale = RULES[rule]
    problem, reference = case(hidden, scale * (6 if hidden else 1), MIX)
    r = step_beside(problem, reference, name, *step)
    if "clipping" in rule:
        edges = np.abs(np.abs(problem.x.numpy() + r - 127.5) - 127.5) < 1e-9
        assert (edges & (np.abs(r) > 1)).mean() > 0.01
    else:
        norms = np.linalg.norm(r.reshape(len(r), -1), axis=1)
        assert norms == pytest.approx([step[2]] * len(norms))


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("kind", "OTNBC")
def test_every_iterate_sees_through_each_kind_of_processing(name, kind, case):
    problem, reference = case(True, 0.3, ((kind, 3),))
    step_beside(problem, reference, name, 0.1, "relative", 200.0)


@pytest.mark.parametrize("hidden", [False, True], ids=["linear", "ReLU"])
@pytest.mark.parametrize("rule", ["projecting", "paper"])
@pytest.mark.parametrize("name", CASES)
def test_every_iterate_of_a_targeted_problem_too(name, rule, hidden, case):
    *step, scale = RULES[rule]
    problem, reference = case(hidden, scale * (6 if hidden else 1), MIX, targeted=True)
    step_beside(problem, reference, name, *step)


@pytest.mark.parametrize("targeted", [False, True])
@pytest.mark.parametrize("sizes", [(20, 20), (20, 13)], ids=["one size", "two sizes"])
@pytest.mark.parametrize("name", CASES)
def test_every_iterate_against_two_recognisers_too(name, sizes, targeted, case):
    robust_to = (("O", 1), ("B", 1))
    problem, reference = case(True, 0.3, robust_to, sizes=sizes, targeted=targeted)
    step_beside(problem, reference, name, 0.1, "relative", 200.0)


@pytest.mark.parametrize("rule", ["projecting", "paper"])
@pytest.mark.parametrize(
    ("name", "iterated"), [("fgv", "ga"), ("fgs", "bi"), ("fgv-s", "ga-s"), ("fgs-s", "bi-s")]
)
def test_the_one_step_methods_are_one_step_of_the_iterated(name, iterated, rule, case):
    assert METHODS[name] == METHODS[iterated]
    *step, scale = RULES[rule]
    problem, reference = case(True, scale * 6, MIX)
    step_beside(problem, reference, iterated, *step, steps=1)
