"""Perturb a batch of heads against any net, without a study."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from aip.errors import BadInput, unknown
from aip.perturb import METHODS
from aip.perturb import method as method_named
from aip.perturb.ensemble import Ensemble
from aip.perturb.problem import Outcome, Problem
from aip.perturb.strategy import STEPS, arguments, call
from aip.process import Copies
from aip.process.notation import parse
from aip.recognise.interface import check_images, check_net


def perturb_heads(
    net: nn.Module | Sequence[nn.Module],
    x: Tensor,
    y: Tensor,
    method: str,
    *,
    robust_to: str | Copies = "O1",
    target: Tensor | None = None,
    diversity: float = 0.0,
    ensemble: Ensemble = "mean",
    grey: Tensor | None = None,
    ids: NDArray[np.int64] | None = None,
    seed: int = 1,
    landmarks: NDArray[np.float64] | None = None,
    **keys: Any,
) -> Outcome:
    """Perturb a batch of heads so that a net mistakes them, within an L2 ball.

    They are perturbed at the size of x, and nothing is rounded. For heads at their native sizes, as
    ``at: native`` has it in a study, make a `Problem` with `Problem.native` and call a method.

    Parameters
    ----------
    net : Module or sequence of Module
        Maps (n, 3, h, w) images on the 0–255 scale to (n, identities) scores, in evaluation mode,
        on the heads' device. A `Recogniser` is given the heads resized to its input. Against
        several nets, `ensemble` says how their losses are combined.
    x : (n, 3, height, width) float32 or float64 tensor
        The heads, 0–255. All are perturbed at once, so they must fit into memory.
    y : (n,) int64 tensor
        The true labels.
    method : str
        One of `aip.perturb.METHODS`, such as ``gaman``, ``apgd-dlr`` or ``deepfool``.
    robust_to : str or tuple of (kind, count)
        What the perturbation should survive, such as ``B5`` or ``O1_T1_N1``: how many copies of
        each kind of processing every step's gradient is averaged over.
    target : (n,) int64 tensor, optional
        Labels to be mistaken for.
    diversity : float
        As in `Problem`.
    ensemble : str
        As in `Problem`.
    grey : (n,) bool tensor, optional
        Heads that must stay without colour; by default those whose channels all agree.
    ids : (n,) int64 array, optional
        Head numbers, which key the draws; by default 1 to n.
    seed : int
    landmarks : (n, 5, 2) array, optional
        Of the clean heads' faces, x and y in pixels of x, NaN where there is none; a `Recogniser`
        with a template needs them. The heads are then perturbed as with `Problem.native`: what the
        nets see is rounded.
    **keys
        The method's keys. All methods take ``steps`` and ``epsilon`` (radius of the L2 ball at the
        size of x, on the 0–255 scale). Methods with steps of one length also take ``step_size`` and
        ``step_rule`` (see `Steps`). Some have keys of their own, such as ``decay``.

    Returns
    -------
    Outcome
        Its ``r`` is the perturbation to add to x.

    Raises
    ------
    BadInput
        An argument is not as described here.

    Examples
    --------
    >>> net = nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 5)).eval()
    >>> x = torch.full((2, 3, 8, 8), 128.0)
    >>> outcome = perturb_heads(
    ...     net, x, net(x).argmax(1), "gaman", steps=5, step_size=0.3, epsilon=100.0
    ... )
    >>> bool((outcome.last_loss < outcome.first_loss).all())
    True
    """
    if method not in METHODS:
        raise unknown("method", "method", method, METHODS)
    check_images(x, torch.float32, torch.float64, where="x")
    nets = (net,) if isinstance(net, nn.Module) else net
    if not isinstance(nets, tuple | list):
        raise BadInput(
            f"net: found {type(net).__name__}, expected a torch.nn.Module or a list of them"
        )
    for each in nets:
        check_net(each, x.device, where="net")
    problem = Problem(
        x=x,
        y=y,
        grey=(x == x[:, :1]).flatten(1).all(1) if grey is None else grey,
        against=tuple(nets),
        robust_to=parse(robust_to, where="robust_to") if isinstance(robust_to, str) else robust_to,
        ids=np.arange(1, len(x) + 1) if ids is None else ids,
        seed=seed,
        target=target,
        diversity=diversity,
        ensemble=ensemble,
        native=None if landmarks is None else ((x.shape[2], x.shape[3]),) * len(x),
        landmarks=landmarks,
    )
    function = method_named(method)
    takes_steps, named = arguments(function)
    known = [*(STEPS if takes_steps else ()), *named]
    for key in keys:
        if key not in known:
            raise unknown(method, "key", key, known)
    given = {"step_rule": "relative", **keys} if takes_steps else keys
    required = [key for key in known if key in STEPS and key not in given]
    if required:
        raise BadInput(f"{method}: {required[0]} is missing; it takes {', '.join(known)}")
    return call(function, problem, given)
