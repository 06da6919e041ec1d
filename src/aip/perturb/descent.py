"""Projected descent in the L2 ball: the loop that the paper's iterated methods share."""

from collections.abc import Callable

import torch
from torch import Tensor

from aip.perturb.problem import Loss, Outcome, Problem


def descend(
    problem: Problem,
    loss: Loss,
    direction: Callable[[Tensor], Tensor],
    *,
    steps: int,
    step_size: float,
    epsilon: float,
) -> Outcome:
    """Minimise a loss by projected steps of fixed length (Oh et al. 2017, section 4).

    Each step moves every head by the same L2 length along its own direction, so that the same
    definition works for any recogniser, however its scores are scaled.

    Parameters
    ----------
    problem : Problem
    loss : callable
        What to make small: (n, identities) scores and (n,) labels → (n,) losses.
    direction : callable
        The step's direction from the gradient, both (n, 3, s, s).
    steps : int
        How many, at least 1.
    step_size : float
        The L2 length of a step as a fraction of `epsilon`, above 0.
    epsilon : float
        Radius of the L2 ball at input size, on the 0–255 scale.
    """
    x, r = problem.x, torch.zeros_like(problem.x)
    losses = []
    for step in range(steps):
        value, g = problem.gradient(loss, r, step)
        losses.append(value)
        r = r - step_size * epsilon * unit(direction(g))
        r = torch.where(problem.grey[:, None, None, None], r.mean(1, keepdim=True), r)
        r = (x + r).clamp(0, 255) - x
        r = l2_ball_projection(r, epsilon)
    return Outcome(r, first_loss=losses[0], last_loss=losses[-1])


def unit(d: Tensor) -> Tensor:
    """Scale each (3, s, s) direction to unit L2 norm; zero stays zero."""
    return d / l2_norm(d).clamp(min=torch.finfo(d.dtype).tiny)


def l2_ball_projection(r: Tensor, epsilon: float) -> Tensor:
    """Project each (3, s, s) perturbation onto the L2 ball of radius `epsilon`."""
    return r * (epsilon / l2_norm(r).clamp(min=torch.finfo(r.dtype).tiny)).clamp(max=1)


def l2_norm(r: Tensor) -> Tensor:
    """Return the L2 norm of each (3, s, s) perturbation, as (n, 1, 1, 1)."""
    norm: Tensor = torch.linalg.vector_norm(r, dim=(1, 2, 3), keepdim=True)
    return norm
