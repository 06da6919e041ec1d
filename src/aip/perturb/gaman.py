"""GAMAN: gradient ascent, maximal among non-ground-truth (Oh et al. 2017, §4.1)."""

import torch
from torch import Tensor

from aip.perturb.descent import constrain, descend, plain_gradient
from aip.perturb.problem import Outcome, Problem
from aip.perturb.steps import Steps

FACTOR = 5e3  # multiplies the step size in the authors' code


def gaman(problem: Problem, steps: Steps) -> Outcome:
    """Step against the gradient of the margin between the true identity and the strongest other."""
    return descend(problem, steps, margin, plain_gradient, constrain, factor=FACTOR)


def margin(scores: Tensor, y: Tensor) -> Tensor:
    """Return f_y − f_y*, y* = argmax over y' ≠ y of f_y', chosen at every step and copy."""
    true = scores.gather(1, y[:, None])[:, 0]
    others = scores.scatter(1, y[:, None], -torch.inf)
    return true - others.max(dim=1).values
