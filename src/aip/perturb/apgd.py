"""Auto-PGD: steps in the L2 ball that choose their own length; the loop of the `apgd-…` methods.

Croce & Hein, *Reliable Evaluation of Adversarial Robustness with an Ensemble of Diverse
Parameter-free Attacks*, ICML 2020, Algorithm 1.
"""

import torch
from torch import Tensor

from aip.perturb.descent import constrain, unit
from aip.perturb.problem import Loss, Outcome, Problem
from aip.perturb.steps import Radius, check_steps

ALPHA = 0.75  # share of the new step; the rest repeats the last one
RHO = 0.75  # share of the steps that must lower the loss for η to stay


def apgd(problem: Problem, loss: Loss, *, steps: int, epsilon: Radius) -> Outcome:
    """Minimise a loss from the heads as they are, and return each head's best point.

    A head's step length η starts at 2 epsilon. At each checkpoint, η is halved, and the head goes
    on from its best point, if the loss fell in less than the share ρ of the steps since the last
    checkpoint, or if neither the best loss nor η has changed since then.

    Parameters
    ----------
    problem : Problem
    loss : callable
        The loss to minimise, as in `aip.perturb.descent.descend`.
    steps : int
        The number of steps, at least 1.
    epsilon : float or (n, 1, 1, 1) tensor
        Radius of the L2 ball, as in `aip.perturb.steps.Steps`.
    """
    steps, epsilon = check_steps(steps, epsilon)
    r = r_best = r_before = torch.zeros_like(problem.x)
    f, g = problem.gradient(loss, r, 0)
    f_first = f_best = f_best_checked = f
    g_best = g
    eta = eta_checked = (2 * epsilon * torch.ones_like(_each(f))).flatten()
    improved, checked = torch.zeros_like(f), 0
    for k in range(1, steps + 1):
        z = constrain(problem, r - _each(eta) * unit(problem, g), epsilon)
        alpha = ALPHA if k > 1 else 1.0
        r_next = r + alpha * (z - r) + (1 - alpha) * (r - r_before)
        r_before, r = r, constrain(problem, r_next, epsilon)
        f_before, (f, g) = f, problem.gradient(loss, r, k)
        improved = improved + (f < f_before)
        better = f < f_best
        f_best = torch.where(better, f, f_best)
        r_best, g_best = (
            torch.where(_each(better), new, old) for new, old in ((r, r_best), (g, g_best))
        )
        if k in checkpoints(steps):
            stuck = (eta == eta_checked) & (f_best == f_best_checked)
            halve = (improved < RHO * (k - checked)) | stuck
            eta_checked, f_best_checked = eta, f_best
            eta, f = torch.where(halve, eta / 2, eta), torch.where(halve, f_best, f)
            r, g = (
                torch.where(_each(halve), best, now) for best, now in ((r_best, r), (g_best, g))
            )
            improved, checked = torch.zeros_like(f), k
    # Step 0 was that before the first, so the draws of step `steps` were optimised over.
    return Outcome(r_best, f_first, last_loss=problem.loss(loss, r_best, steps + 1))


def checkpoints(steps: int) -> list[int]:
    """Return the steps w_j = ⌈p_j · steps⌉ after which the step length is judged.

    p₀ = 0, p₁ = 0.22 and p_{j+1} = p_j + max(p_j − p_{j−1} − 0.03, 0.06).

    Examples
    --------
    >>> checkpoints(100)
    [22, 41, 57, 70, 80, 87, 93, 99]
    """
    p, percents = 0, []
    stride = 22
    while (p := p + stride) <= 100:
        percents.append(p)
        stride = max(stride - 3, 6)
    return sorted({-(-p * steps // 100) for p in percents})


def _each(per_head: Tensor) -> Tensor:
    return per_head[:, None, None, None]
