"""GA, gradient ascent, or FGV, the fast gradient vector, with one step (Oh et al. 2017, §4.1)."""

from torch import Tensor
from torch.nn.functional import log_softmax

from aip.perturb.descent import StepRule, along, descend
from aip.perturb.problem import Outcome, Problem

FACTOR = 1e4  # of the step size, in the authors' code


def ga(
    problem: Problem, *, steps: int, step_size: float, step_rule: StepRule, epsilon: float
) -> Outcome:
    """Step against the gradient of the true identity's log probability.

    Parameters as in `aip.perturb.descent.descend`.
    """
    return descend(
        problem,
        log_probability,
        along,
        factor=FACTOR,
        steps=steps,
        step_size=step_size,
        step_rule=step_rule,
        epsilon=epsilon,
    )


def log_probability(scores: Tensor, y: Tensor) -> Tensor:
    """Return log softmax f at y."""
    return log_softmax(scores, dim=1).gather(1, y[:, None])[:, 0]
