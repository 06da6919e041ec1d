"""GA-S, or FGV-S with one step: gradient ascent on the score itself (Oh et al. 2017, §4.1)."""

from torch import Tensor

from aip.perturb.descent import constrain, descend, plain_gradient
from aip.perturb.problem import Outcome, Problem
from aip.perturb.steps import Steps

FACTOR = 1e4  # multiplies the step size in the authors' code


def ga_s(problem: Problem, steps: Steps) -> Outcome:
    """Step against the gradient of the true identity's score."""
    return descend(problem, steps, true_score, plain_gradient, constrain, factor=FACTOR)


def true_score(scores: Tensor, y: Tensor) -> Tensor:
    """Return f_y."""
    return scores.gather(1, y[:, None])[:, 0]
