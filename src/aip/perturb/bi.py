"""BI, the basic iterative method, or FGS, the fast gradient sign, with one step.

Oh et al. 2017, §4.1, after Goodfellow et al. 2015 and Kurakin et al. 2017, here in the L2 ball.
"""

import torch

from aip.perturb.descent import constrain, descend
from aip.perturb.ga import log_probability
from aip.perturb.problem import Outcome, Problem
from aip.perturb.steps import Steps

FACTOR = 0.1  # multiplies the step size in the authors' code


def bi(problem: Problem, steps: Steps) -> Outcome:
    """Step against the sign of the gradient of the true identity's log probability."""
    return descend(problem, steps, log_probability, torch.sign, constrain, factor=FACTOR)
