"""MI-FGSM, the momentum iterative fast gradient sign method, here in the L2 ball.

Dong, Liao, Pang, Su, Zhu, Hu & Li, *Boosting Adversarial Attacks with Momentum*, CVPR 2018.
"""

import torch
from torch import Tensor

from aip.compute.scalars import check_at_least_0
from aip.perturb.descent import constrain, descend
from aip.perturb.ga import log_probability
from aip.perturb.problem import Outcome, Problem
from aip.perturb.steps import Steps

FACTOR = 0.1  # multiplies the step size, as the authors' code does for BI


def mi_fgsm(problem: Problem, steps: Steps, *, decay: float = 1.0) -> Outcome:
    """Step against the sign of the log probability's gradients, accumulated over the steps.

    Parameters
    ----------
    problem : Problem
    steps : Steps
    decay : float
        The paper's μ, at least 0: how much of the accumulated direction each step keeps. At 0,
        this is BI.

    Raises
    ------
    BadInput
        If `decay` is no finite number of at least 0.
    """
    decay = check_at_least_0(decay, where="decay")
    accumulated = torch.zeros_like(problem.x)

    def direction(g: Tensor) -> Tensor:
        nonlocal accumulated
        accumulated = decay * accumulated + l1_unit(problem, g)
        return accumulated.sign()

    return descend(problem, steps, log_probability, direction, constrain, factor=FACTOR)


def l1_unit(problem: Problem, g: Tensor) -> Tensor:
    """Scale each (3, height, width) gradient to unit L1 norm; zero stays zero."""
    norm = problem.per_head(lambda each: each.abs().sum(dim=(1, 2, 3), keepdim=True), g)
    return g / norm.clamp(min=torch.finfo(g.dtype).tiny)
