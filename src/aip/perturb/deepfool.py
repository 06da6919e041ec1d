"""DeepFool in L2: step to the nearest boundary between identities, as if all were linear.

Moosavi-Dezfooli, Fawzi & Frossard, *DeepFool: a Simple and Accurate Method to Fool Deep Neural
Networks*, CVPR 2016, Algorithm 2; compared at equal norm by Oh et al. 2017.
"""

from functools import partial

import torch
from torch import Tensor

from aip.compute.scalars import check_at_least_0, is_whole
from aip.errors import BadInput
from aip.perturb.descent import constrain, l2_norm, unit, without_colour
from aip.perturb.ga_s import true_score
from aip.perturb.gaman import margin
from aip.perturb.problem import Outcome, Problem
from aip.perturb.steps import Radius, check_steps


def deepfool(
    problem: Problem,
    *,
    steps: int,
    epsilon: Radius,
    overshoot: float = 0.02,
    candidates: int = 10,
) -> Outcome:
    """Find a minimal perturbation that changes a head's label; scale it to the ball's surface.

    The unprocessed head gives the label, `Problem.scores`; the processed copies give the linear
    approximation. A head stops once its label is no longer the true one, or is the target. A head
    that starts there stays unchanged.

    Parameters
    ----------
    problem : Problem
    steps : int
        The largest number of steps, at least 1; the paper's code has 50.
    epsilon : float or (n, 1, 1, 1) tensor
        Radius of the L2 ball, as in `aip.perturb.steps.Steps`.
    overshoot : float
        The paper's η, at least 0: how far past the boundaries heads go, as a share of the way.
    candidates : int
        How many boundaries are considered, at least 1: those with the other identities that score
        highest on the clean head. With targets, only the boundary with the target is considered.

    Raises
    ------
    BadInput
        If one of them is out of its range.
    """
    steps, epsilon = check_steps(steps, epsilon)
    overshoot = check_at_least_0(overshoot, where="overshoot")
    if not is_whole(candidates) or candidates < 1:
        raise BadInput(f"candidates: found {candidates!r}, expected a whole number of at least 1")
    candidates = int(candidates)
    r = torch.zeros_like(problem.x)
    first_loss = problem.loss(margin, r, 0)
    rivals = strongest_others(problem.scores(r), problem.y, candidates)
    if problem.target is not None:
        # A targeted problem minimises −loss at the target: f_y − f_t with y as the rival.
        rivals = [problem.y]
    for step in range(steps):
        label = problem.scores((1 + overshoot) * r).argmax(1)
        going = label == problem.y if problem.target is None else label != problem.target
        if not going.any():
            break
        nearest, move = torch.full_like(l2_norm(problem, r), torch.inf), torch.zeros_like(r)
        for rival in rivals:
            f, w = problem.gradient(partial(ahead, rival=rival), (1 + overshoot) * r, step)
            w = without_colour(problem, w)
            distance = f.abs()[:, None, None, None] / l2_norm(problem, w)
            nearer = distance < nearest
            nearest = torch.where(nearer, distance, nearest)
            move = torch.where(nearer, -distance * unit(problem, w), move)
        r = torch.where(going[:, None, None, None], r + move, r)
    r = constrain(problem, epsilon * unit(problem, r), epsilon)
    return Outcome(r, first_loss, last_loss=problem.loss(margin, r, steps))


def strongest_others(scores: Tensor, y: Tensor, count: int) -> list[Tensor]:
    """Return the labels other than y by falling score, at most `count`, each as (n,)."""
    others = scores.scatter(1, y[:, None], -torch.inf)
    count = min(count, scores.shape[1] - 1)
    return list(others.topk(count, dim=1).indices.unbind(1))


def ahead(scores: Tensor, label: Tensor, *, rival: Tensor) -> Tensor:
    """Return how far a label's score is ahead of its rival's."""
    return true_score(scores, label) - true_score(scores, rival)
