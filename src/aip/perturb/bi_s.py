"""BI-S, or FGS-S with one step: the basic iterative method on the score (Oh et al. 2017, §4.1)."""

import torch

from aip.perturb.descent import constrain, descend
from aip.perturb.ga_s import true_score
from aip.perturb.problem import Outcome, Problem
from aip.perturb.steps import Steps

FACTOR = 0.1  # multiplies the step size in the authors' code


def bi_s(problem: Problem, steps: Steps) -> Outcome:
    """Step against the sign of the gradient of the true identity's score."""
    return descend(problem, steps, true_score, torch.sign, constrain, factor=FACTOR)
