"""Projected descent in the L2 ball: the loop that the paper's iterated methods share."""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor

from aip.perturb.problem import Loss, Outcome, Problem

StepRule = Literal["relative", "paper"]


def descend(
    problem: Problem,
    loss: Loss,
    direction: Callable[[Tensor], Tensor],
    *,
    factor: float = 1.0,
    steps: int,
    step_size: float,
    step_rule: StepRule,
    epsilon: float,
    start: Tensor | None = None,
) -> Outcome:
    """Minimise a loss by projected steps (Oh et al. 2017, section 4).

    Parameters
    ----------
    problem : Problem
    loss : callable
        What to make small: (n, identities) scores and (n,) labels → (n,) losses.
    direction : callable
        The step's direction from the gradient, both (n, 3, height, width).
    factor : float
        What the authors' code multiplies this method's step size by.
    steps : int
        How many, at least 1.
    step_size : float
        Above 0; what it means is said by `step_rule`.
    step_rule : "relative" or "paper"
        ``relative``: each step moves every head by `step_size` × `epsilon` in L2 along its own
        direction, so that a definition works for any recogniser, however its scores are scaled.
        ``paper``: by `factor` × `step_size` × the direction as it is, for the authors' SVMs.
    epsilon : float
        Radius of the L2 ball at input size, on the 0–255 scale.
    start : (n, 3, height, width) tensor, optional
        The first r, within what `constrain` allows; by default the heads as they are.
    """
    r, losses = torch.zeros_like(problem.x) if start is None else start, []
    for step in range(steps):
        value, g = problem.gradient(loss, r, step)
        losses.append(value)
        d = direction(g)
        move = step_size * epsilon * unit(d) if step_rule == "relative" else factor * step_size * d
        r = constrain(problem, r - move, epsilon)
    return Outcome(r, first_loss=losses[0], last_loss=losses[-1])


def constrain(problem: Problem, r: Tensor, epsilon: float) -> Tensor:
    """Keep grey heads grey, x + r in 0–255, and r in the L2 ball, in this order."""
    r = (problem.x + without_colour(problem, r)).clamp(0, 255) - problem.x
    return l2_ball_projection(r, epsilon)


def without_colour(problem: Problem, r: Tensor) -> Tensor:
    """Average r over the channels of grey heads, and leave it to the others as it is."""
    return torch.where(problem.grey[:, None, None, None], r.mean(1, keepdim=True), r)


def along(g: Tensor) -> Tensor:
    """Return the gradient itself: the direction of steepest ascent in L2."""
    return g


def unit(d: Tensor) -> Tensor:
    """Scale each (3, height, width) direction to unit L2 norm; zero stays zero."""
    return d / l2_norm(d).clamp(min=torch.finfo(d.dtype).tiny)


def l2_ball_projection(r: Tensor, epsilon: float) -> Tensor:
    """Project each (3, height, width) perturbation onto the L2 ball of radius `epsilon`."""
    return r * (epsilon / l2_norm(r).clamp(min=torch.finfo(r.dtype).tiny)).clamp(max=1)


def l2_norm(r: Tensor) -> Tensor:
    """Return the L2 norm of each (3, height, width) perturbation, as (n, 1, 1, 1)."""
    norm: Tensor = torch.linalg.vector_norm(r, dim=(1, 2, 3), keepdim=True)
    return norm
