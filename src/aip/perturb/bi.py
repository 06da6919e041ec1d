"""BI, the basic iterative method, or FGS, the fast gradient sign, with one step.

Oh et al. 2017, §4.1, after Goodfellow et al. 2015 and Kurakin et al. 2017, here in the L2 ball.
"""

import torch

from aip.perturb.descent import descend
from aip.perturb.ga import log_probability
from aip.perturb.problem import Outcome, Problem


def bi(problem: Problem, *, steps: int, step_size: float, epsilon: float) -> Outcome:
    """Step against the sign of the gradient of the true identity's log probability.

    Parameters as in `aip.perturb.descent.descend`.
    """
    return descend(
        problem, log_probability, torch.sign, steps=steps, step_size=step_size, epsilon=epsilon
    )
