"""APGD-CE: Auto-PGD on the cross-entropy (Croce & Hein, ICML 2020)."""

from aip.perturb.apgd import apgd
from aip.perturb.ga import log_probability
from aip.perturb.problem import Outcome, Problem
from aip.perturb.steps import Radius


def apgd_ce(problem: Problem, *, steps: int, epsilon: Radius) -> Outcome:
    """Lower the true identity's log probability, or raise the target's.

    Parameters as in `aip.perturb.apgd.apgd`.
    """
    return apgd(problem, log_probability, steps=steps, epsilon=epsilon)
