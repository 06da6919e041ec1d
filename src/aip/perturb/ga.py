"""GA, gradient ascent, or FGV, the fast gradient vector, with one step (Oh et al. 2017, §4.1)."""

from torch import Tensor
from torch.nn.functional import log_softmax

from aip.perturb.descent import constrain, descend, plain_gradient
from aip.perturb.problem import Outcome, Problem
from aip.perturb.steps import Steps

FACTOR = 1e4  # multiplies the step size in the authors' code


def ga(problem: Problem, steps: Steps) -> Outcome:
    """Step against the gradient of the true identity's log probability."""
    return descend(problem, steps, log_probability, plain_gradient, constrain, factor=FACTOR)


def log_probability(scores: Tensor, y: Tensor) -> Tensor:
    """Return log softmax f at y."""
    return log_softmax(scores, dim=1).gather(1, y[:, None])[:, 0]
