"""Projected descent in the L2 ball: the loop that the paper's iterated methods share."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from aip.perturb.problem import Loss, Outcome, Problem
from aip.perturb.steps import Radius, Steps

Direction = Callable[[Tensor], Tensor]
Projection = Callable[[Problem, Tensor, Radius], Tensor]


def constrain(problem: Problem, r: Tensor, epsilon: Radius) -> Tensor:
    """Keep grey heads grey, x + r in 0–255, and r in the L2 ball, in this order."""
    r = (problem.x + without_colour(problem, r)).clamp(0, 255) - problem.x
    return l2_ball_projection(problem, r, epsilon)


def descend(
    problem: Problem,
    steps: Steps,
    loss: Loss,
    direction: Direction,
    project: Projection = constrain,
    *,
    factor: float = 1.0,
    start: Tensor | None = None,
) -> Outcome:
    """Minimise a loss by projected steps (Oh et al. 2017, section 4).

    Parameters
    ----------
    problem : Problem
    steps : Steps
        Their number, their length and the radius of the ball.
    loss : callable
        The loss to minimise: (n, identities) scores and (n,) labels → (n,) losses.
    direction : callable
        The step's direction from the gradient, both (n, 3, height, width).
    project : callable
        (problem, r, epsilon) → the nearest r that is allowed.
    factor : float
        Multiplies this method's step size in the authors' code; used with the step rule ``paper``.
    start : (n, 3, height, width) tensor, optional
        The first r, one that `project` allows; by default 0.
    """
    r, losses = torch.zeros_like(problem.x) if start is None else start, []
    for step in range(steps.steps):
        value, g = problem.gradient(loss, r, step)
        losses.append(value)
        d = direction(g)
        if steps.step_rule == "relative":
            move = steps.step_size * steps.epsilon * unit(problem, d)
        else:
            move = factor * steps.step_size * d
        r = project(problem, r - move, steps.epsilon)
    return Outcome(r, losses[0], last_loss=problem.loss(loss, r, steps.steps))


def without_colour(problem: Problem, r: Tensor) -> Tensor:
    """Average r over the channels of grey heads; leave the r of other heads as it is."""
    return torch.where(problem.grey[:, None, None, None], r.mean(1, keepdim=True), r)


def plain_gradient(g: Tensor) -> Tensor:
    """Return the gradient itself: the direction of steepest ascent in L2."""
    return g


def unit(problem: Problem, d: Tensor) -> Tensor:
    """Scale each (3, height, width) direction to unit L2 norm; zero stays zero."""
    return d / l2_norm(problem, d).clamp(min=torch.finfo(d.dtype).tiny)


def l2_ball_projection(problem: Problem, r: Tensor, epsilon: Radius) -> Tensor:
    """Project each (3, height, width) perturbation onto the L2 ball of radius `epsilon`."""
    return r * (epsilon / l2_norm(problem, r).clamp(min=torch.finfo(r.dtype).tiny)).clamp(max=1)


def l2_norm(problem: Problem, r: Tensor) -> Tensor:
    """Return the L2 norm of each (3, height, width) perturbation, as (n, 1, 1, 1)."""
    norm = partial(torch.linalg.vector_norm, dim=(1, 2, 3), keepdim=True)
    return problem.per_head(norm, r)
