"""MI-FGSM beside an independent one in float64 NumPy."""

import numpy as np
import pytest
import torch

from aip.errors import BadInput
from aip.perturb import method
from aip.perturb.mi_fgsm import l1_unit
from aip.perturb.steps import Steps

STEPS = 20
RULES = {  # step size, step rule, epsilon, scale of the SVM
    "projecting": (0.1, "relative", 60.0, 0.05),
    "clipping": (0.05, "relative", 900.0, 0.05),
    "paper": (3.0, "paper", 50.0, 2e-3),
}


@pytest.mark.parametrize("targeted", [False, True])
@pytest.mark.parametrize("decay", [1.0, 0.4])
@pytest.mark.parametrize("hidden", [False, True], ids=["linear", "ReLU"])
@pytest.mark.parametrize("rule", RULES)
def test_every_iterate_steps_along_the_sign_of_the_decayed_sum(rule, hidden, decay, targeted, case):
    step_size, step_rule, epsilon, scale = RULES[rule]
    robust_to = (("O", 1), ("N", 1), ("B", 1))
    problem, reference = case(hidden, scale * (6 if hidden else 1), robust_to, targeted=targeted)
    steps = Steps(STEPS, step_size, epsilon, step_rule)
    found = method("mi-fgsm")(problem, steps, decay=decay)
    seen = [*problem.asked, found.r.numpy()]
    for i in range(len(problem.ids)):
        r = accumulated = np.zeros(problem.x[i].shape)
        for step in range(STEPS):
            _, g = reference.gradient(reference.losses["log"], i, r, step)
            accumulated = decay * accumulated + g / np.abs(g).sum()
            length = 0.1 * step_size
            if step_rule == "relative":
                length = step_size * epsilon / np.sqrt(r.size)
            r = reference.constrain(i, r - length * np.sign(accumulated), epsilon)
            assert np.linalg.norm(seen[step + 1][i] - r) <= 1e-6 * np.linalg.norm(r)


def test_without_memory_it_is_bi(case):
    steps = Steps(6, 0.1, 100.0)
    found = method("mi-fgsm")(case(True)[0], steps, decay=0.0).r
    assert torch.equal(found, method("bi")(case(True)[0], steps).r)


def test_a_zero_gradient_adds_nothing_to_the_sum(case):
    g = torch.from_numpy(np.random.default_rng(0).standard_normal((3, 3, 4, 4))).float()
    g[1] = 0
    assert l1_unit(case()[0], g).abs().sum((1, 2, 3)).tolist() == pytest.approx([1, 0, 1], rel=1e-6)


def test_a_negative_decay_is_named(case):
    with pytest.raises(BadInput, match=r"^decay: found -0.5, expected a number of at least 0$"):
        method("mi-fgsm")(case()[0], Steps(6, 0.1, 100.0), decay=-0.5)
