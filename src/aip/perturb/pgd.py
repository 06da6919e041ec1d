"""PGD: projected gradient descent from a random start, in the L2 ball.

Madry, Makelov, Schmidt, Tsipras & Vladu, *Towards Deep Learning Models Resistant to Adversarial
Attacks*, ICLR 2018.
"""

import math

import torch
from torch import Tensor

from aip.compute.draws import generator
from aip.perturb.descent import constrain, descend, plain_gradient, unit, without_colour
from aip.perturb.ga import log_probability
from aip.perturb.native import canvas
from aip.perturb.problem import Outcome, Problem
from aip.perturb.steps import Radius, Steps


def pgd(problem: Problem, *, steps: int, step_size: float, epsilon: Radius) -> Outcome:
    """Raise the cross-entropy by steps of equal length from a random point of the ball.

    Parameters as in `aip.perturb.steps.Steps`; steps are always relative to epsilon.
    """
    relative = Steps(steps, step_size, epsilon)
    start = constrain(problem, uniform_in_ball(problem, relative.epsilon), relative.epsilon)
    return descend(problem, relative, log_probability, plain_gradient, constrain, start=start)


def uniform_in_ball(problem: Problem, epsilon: Radius) -> Tensor:
    """Draw each head's r uniformly in its L2 ball; for a grey head, only among grey ones.

    Each head draws from the generator keyed by ("pgd", its number).
    """
    draws = [generator(problem.seed, "pgd", int(i)) for i in problem.ids]
    pairs = zip(draws, problem.sizes, strict=True)
    normal = canvas([torch.from_numpy(rng.standard_normal((3, *size))) for rng, size in pairs])
    u = problem.x.new_tensor([rng.random() for rng in draws])
    pixels = torch.tensor([math.prod(size) for size in problem.sizes], device=u.device)
    dimension = torch.where(problem.grey, pixels, 3 * pixels).to(u)
    direction = unit(problem, without_colour(problem, normal.to(problem.x)))
    return epsilon * (u ** (1 / dimension))[:, None, None, None] * direction
