"""GAMAN: gradient ascent, maximal among non-ground-truth (Oh et al. 2017, §4.1)."""

import torch
from torch import Tensor

from aip.perturb.descent import StepRule, along, descend
from aip.perturb.problem import Outcome, Problem

FACTOR = 5e3  # of the step size, in the authors' code


def gaman(
    problem: Problem, *, steps: int, step_size: float, step_rule: StepRule, epsilon: float
) -> Outcome:
    """Step against the gradient of the margin between the true identity and the strongest other.

    Parameters as in `aip.perturb.descent.descend`.
    """
    return descend(
        problem,
        margin,
        along,
        factor=FACTOR,
        steps=steps,
        step_size=step_size,
        step_rule=step_rule,
        epsilon=epsilon,
    )


def margin(scores: Tensor, y: Tensor) -> Tensor:
    """Return f_y − f_y*, y* = argmax over y' ≠ y of f_y', chosen anew at every step and copy."""
    true = scores.gather(1, y[:, None])[:, 0]
    others = scores.scatter(1, y[:, None], -torch.inf)
    return true - others.max(dim=1).values
