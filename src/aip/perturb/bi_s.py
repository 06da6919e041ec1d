"""BI-S, or FGS-S with one step: the basic iterative method on the score (Oh et al. 2017, §4.1)."""

import torch

from aip.perturb.descent import StepRule, descend
from aip.perturb.ga_s import true_score
from aip.perturb.problem import Outcome, Problem

FACTOR = 0.1  # of the step size, in the authors' code


def bi_s(
    problem: Problem, *, steps: int, step_size: float, step_rule: StepRule, epsilon: float
) -> Outcome:
    """Step against the sign of the gradient of the true identity's score.

    Parameters as in `aip.perturb.descent.descend`.
    """
    return descend(
        problem,
        true_score,
        torch.sign,
        factor=FACTOR,
        steps=steps,
        step_size=step_size,
        step_rule=step_rule,
        epsilon=epsilon,
    )
