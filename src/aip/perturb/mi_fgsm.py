"""MI-FGSM, the momentum iterative fast gradient sign method, here in the L2 ball.

Dong, Liao, Pang, Su, Zhu, Hu & Li, *Boosting Adversarial Attacks with Momentum*, CVPR 2018.
"""

import torch
from torch import Tensor

from aip.errors import BadInput
from aip.perturb.descent import StepRule, descend
from aip.perturb.ga import log_probability
from aip.perturb.problem import Outcome, Problem

FACTOR = 0.1  # of the step size, as the authors' code has it for the other method of signs


def mi_fgsm(
    problem: Problem,
    *,
    steps: int,
    step_size: float,
    step_rule: StepRule,
    epsilon: float,
    decay: float = 1.0,
) -> Outcome:
    """Step against the sign of the log probability's gradients, accumulated over the steps.

    Parameters as in `aip.perturb.descent.descend`, and:

    Parameters
    ----------
    decay : float
        The paper's μ, at least 0: how much of the accumulated direction each step keeps. At 0,
        this is BI.

    Raises
    ------
    BadInput
        If `decay` is negative.
    """
    if not decay >= 0:
        raise BadInput(f"decay: found {decay}, expected at least 0")
    accumulated = torch.zeros_like(problem.x)

    def direction(g: Tensor) -> Tensor:
        nonlocal accumulated
        accumulated = decay * accumulated + l1_unit(g)
        return accumulated.sign()

    return descend(
        problem,
        log_probability,
        direction,
        factor=FACTOR,
        steps=steps,
        step_size=step_size,
        step_rule=step_rule,
        epsilon=epsilon,
    )


def l1_unit(g: Tensor) -> Tensor:
    """Scale each (3, height, width) gradient to unit L1 norm; zero stays zero."""
    return g / g.abs().sum(dim=(1, 2, 3), keepdim=True).clamp(min=torch.finfo(g.dtype).tiny)
