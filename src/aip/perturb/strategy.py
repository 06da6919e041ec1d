"""Perturb heads as a user strategy says: its problem, its method and the method's arguments."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from inspect import Parameter, signature
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aip.album.heads import Heads
from aip.compute.device import move
from aip.errors import unknown
from aip.perturb import method
from aip.perturb.descent import l2_norm
from aip.perturb.epsilon import REFERENCE, input_epsilon
from aip.perturb.mixture import shares
from aip.perturb.native import canvas
from aip.perturb.problem import Outcome, Problem
from aip.perturb.steps import Radius, Steps
from aip.recognise.recogniser import Recogniser, to_input

Result = TypeVar("Result")

PLAIN = (("O", 1),)  # where a strategy meets a mixture, which has processing of its own


def perturb_against(
    heads: Heads,
    members: NDArray[np.int64],
    originals: list[NDArray[np.uint8]],
    against: Sequence[Recogniser],
    strategy: Mapping[str, Any],
    seed: int,
) -> tuple[Problem, Outcome]:
    """Perturb a block of heads against recognisers, with a user strategy's method.

    Parameters as in `posed`.

    Returns
    -------
    Problem, Outcome
        The method's input and its result.

    Raises
    ------
    BadInput
        No identity has the name of the strategy's target.
    """
    problem = posed(heads, members, originals, against, strategy, seed)
    keys = {**strategy}
    if "epsilon" in keys:
        keys["epsilon"] = _radius(problem, strategy)
    return problem, call(method(strategy["method"]), problem, keys)


def _radius(problem: Problem, strategy: Mapping[str, Any]) -> Radius:
    """Return the radius of the ball: one, or at native size each head's own."""
    epsilon = strategy["epsilon"]
    if problem.native is not None:
        each = [input_epsilon(epsilon, size) for size in problem.native]
        return move(torch.tensor(each, dtype=problem.x.dtype), problem.x.device)[
            :, None, None, None
        ]
    return input_epsilon(
        epsilon, REFERENCE if strategy.get("step_rule") == "paper" else problem.sizes[0]
    )


def norm_at_input(problem: Problem, r: Tensor, against: Sequence[Recogniser]) -> Tensor:
    """Return the (n,) L2 norms of r at the largest input of the recognisers that it is against.

    Norms at native size are scaled to it so that the root mean square per value stays the same.
    """
    norm = l2_norm(problem, r).flatten()
    if problem.native is None:
        return norm
    pixels = math.prod(_largest_input(against))
    scales = [math.sqrt(pixels / math.prod(size)) for size in problem.native]
    return norm * norm.new_tensor(scales)


def posed(
    heads: Heads,
    members: NDArray[np.int64],
    originals: list[NDArray[np.uint8]],
    against: Sequence[Recogniser],
    strategy: Mapping[str, Any],
    seed: int,
) -> Problem:
    """Return the problem that a user strategy poses for a block of heads.

    Parameters
    ----------
    heads : Heads
        With landmarks, if a recogniser has a template.
    members : (n,) int64 array
        Which heads, as positions into `heads`.
    originals : list of (height, width, 3) uint8 arrays
        Their images.
    against : sequence of Recogniser
        At least one.
    strategy : mapping
        The user strategy, resolved. Its key ``at`` says whether heads are perturbed at their
        ``native`` sizes or at the ``input``, the largest of the recognisers'; without the key, at
        the input. Its key ``mixture``, if it has one, as `aip.perturb.mixture.mixture_of` gives it,
        plays these recognisers in their order.
    seed : int
        The study's.
    """
    device = against[0].device
    native = tuple(head.shape[:2] for head in originals) if strategy.get("at") == "native" else None
    sizes = native or [_largest_input(against)] * len(originals)
    images = [to_input(head, size) for head, size in zip(originals, sizes, strict=True)]
    problem = Problem(
        x=move(canvas(images), device),
        y=move(torch.from_numpy(against[0].labels(heads.identity[members])), device),
        grey=move(torch.from_numpy(heads.grey[members]), device),
        against=tuple(against),
        robust_to=tuple((kind, count) for kind, count in strategy.get("robust_to", PLAIN)),
        ids=heads.id[members],
        seed=seed,
        diversity=strategy.get("input_diversity", 0.0),
        native=native,
        mixture=shares(strategy.get("mixture", ())),
        ensemble=strategy.get("ensemble", "mean"),
        landmarks=None if heads.landmarks is None else heads.landmarks[members],
    )
    target = strategy.get("target")
    if target is None:
        return problem
    return replace(problem, target=targets(problem, target, against[0].identities))


def _largest_input(against: Sequence[Recogniser]) -> tuple[int, int]:
    return max((recogniser.input_size for recogniser in against), key=math.prod)


def targets(problem: Problem, target: str, identities: NDArray[np.str_]) -> Tensor:
    """Return the labels to be mistaken for.

    Parameters
    ----------
    problem : Problem
    target : str
        An identity; or ``least-likely``, which gives each head the identity other than its own with
        the lowest clean score (Kurakin et al. 2017). Heads of the target identity itself also get
        their least likely one.
    identities : text array
        The identities that the nets score, in the order of the scores.

    Raises
    ------
    BadInput
        No identity has this name.
    """
    clean = problem.scores(torch.zeros_like(problem.x))
    least = clean.scatter(1, problem.y[:, None], torch.inf).argmin(1)
    if target == "least-likely":
        return least
    if target not in identities:
        raise unknown("user strategy", "target", target, identities.tolist())
    wanted = torch.full_like(problem.y, int(np.flatnonzero(identities == target)[0]))
    return torch.where(problem.y == wanted, least, wanted)


def call(function: Callable[..., Result], given: object, keys: Mapping[str, Any]) -> Result:
    """Call a method with those keys of a strategy that its function takes.

    Parameters
    ----------
    function : callable
        It takes `given`, and `Steps` if it has a second positional argument; its keyword-only
        arguments have the names of keys.
    given : Problem or array
        What it perturbs.
    keys : mapping
        The strategy's keys; those that the function does not take are left out.
    """
    positional, named = arguments(function)
    steps = [Steps(**{key: keys[key] for key in STEPS})] if positional else []
    return function(given, *steps, **{key: keys[key] for key in named if key in keys})


# The keys of a strategy that become its `Steps`.
STEPS = tuple(signature(Steps).parameters)


def arguments(function: Callable[..., object]) -> tuple[bool, list[str]]:
    """Return whether a method takes `Steps`, and the names of its keyword-only arguments."""
    _, *others = signature(function).parameters.values()
    named = [other.name for other in others if other.kind is Parameter.KEYWORD_ONLY]
    return len(named) < len(others), named
