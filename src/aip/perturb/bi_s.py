"""BI-S, or FGS-S with one step: the basic iterative method on the score (Oh et al. 2017, §4.1)."""

import torch

from aip.perturb.descent import descend
from aip.perturb.ga_s import true_score
from aip.perturb.problem import Outcome, Problem


def bi_s(problem: Problem, *, steps: int, step_size: float, epsilon: float) -> Outcome:
    """Step against the sign of the gradient of the true identity's score.

    Parameters as in `aip.perturb.descent.descend`.
    """
    return descend(
        problem, true_score, torch.sign, steps=steps, step_size=step_size, epsilon=epsilon
    )
