"""BI, the basic iterative method, or FGS, the fast gradient sign, with one step.

Oh et al. 2017, §4.1, after Goodfellow et al. 2015 and Kurakin et al. 2017, here in the L2 ball.
"""

import torch

from aip.perturb.descent import StepRule, descend
from aip.perturb.ga import log_probability
from aip.perturb.problem import Outcome, Problem

FACTOR = 0.1  # of the step size, in the authors' code


def bi(
    problem: Problem, *, steps: int, step_size: float, step_rule: StepRule, epsilon: float
) -> Outcome:
    """Step against the sign of the gradient of the true identity's log probability.

    Parameters as in `aip.perturb.descent.descend`.
    """
    return descend(
        problem,
        log_probability,
        torch.sign,
        factor=FACTOR,
        steps=steps,
        step_size=step_size,
        step_rule=step_rule,
        epsilon=epsilon,
    )
