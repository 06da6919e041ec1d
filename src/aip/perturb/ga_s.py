"""GA-S, or FGV-S with one step: gradient ascent on the score itself (Oh et al. 2017, §4.1)."""

from torch import Tensor

from aip.perturb.descent import StepRule, along, descend
from aip.perturb.problem import Outcome, Problem

FACTOR = 1e4  # of the step size, in the authors' code


def ga_s(
    problem: Problem, *, steps: int, step_size: float, step_rule: StepRule, epsilon: float
) -> Outcome:
    """Step against the gradient of the true identity's score.

    Parameters as in `aip.perturb.descent.descend`.
    """
    return descend(
        problem,
        true_score,
        along,
        factor=FACTOR,
        steps=steps,
        step_size=step_size,
        step_rule=step_rule,
        epsilon=epsilon,
    )


def true_score(scores: Tensor, y: Tensor) -> Tensor:
    """Return f_y."""
    return scores.gather(1, y[:, None])[:, 0]
