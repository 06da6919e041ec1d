"""APGD-DLR: Auto-PGD on the difference of logits ratio (Croce & Hein, ICML 2020, section 4)."""

from functools import partial

from torch import Tensor

from aip.errors import BadInput
from aip.perturb.apgd import apgd
from aip.perturb.gaman import margin
from aip.perturb.problem import Outcome, Problem
from aip.perturb.steps import Radius

FLOOR = 1e-12  # smallest denominator of the ratio, for equal scores


def apgd_dlr(problem: Problem, *, steps: int, epsilon: Radius) -> Outcome:
    """Raise the difference of logits ratio, which ignores the shift and scale of the scores.

    With targets, the loss is the paper's targeted ratio (section 5.2) of the target's score and the
    true identity's, not the ratio above with its sign changed. Parameters as in
    `aip.perturb.apgd.apgd`.

    Raises
    ------
    BadInput
        If there are fewer than 3 identities, or with targets fewer than 4.
    """
    identities, needed = problem.identities, 3 if problem.target is None else 4
    if identities < needed:
        raise BadInput(
            f"apgd-dlr: found {identities} identities, expected at least {needed}"
            + (" with targets" if needed == 4 else "")
        )
    loss = ratio if problem.target is None else partial(targeted_ratio, y=problem.y)
    return apgd(problem, loss, steps=steps, epsilon=epsilon)


def ratio(scores: Tensor, y: Tensor) -> Tensor:
    """Return (f_y − max over y' ≠ y of f_y') / (f_π1 − f_π3), f_π1 ≥ f_π2 ≥ …: −DLR."""
    ordered = scores.sort(dim=1, descending=True).values
    return margin(scores, y) / (ordered[:, 0] - ordered[:, 2]).clamp(min=FLOOR)


def targeted_ratio(scores: Tensor, target: Tensor, *, y: Tensor) -> Tensor:
    """Return (f_t − f_y) / (f_π1 − (f_π3 + f_π4)/2): the targeted DLR, to be made large."""
    ordered = scores.sort(dim=1, descending=True).values
    ahead = (scores.gather(1, target[:, None]) - scores.gather(1, y[:, None]))[:, 0]
    return ahead / (ordered[:, 0] - (ordered[:, 2] + ordered[:, 3]) / 2).clamp(min=FLOOR)
