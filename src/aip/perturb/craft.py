"""Crafting: perturb a shard of heads with one user strategy and publish them."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from aip.artifacts import ImageWriter, Provenance, reading, write_column, write_json, writing
from aip.blocks import blocks
from aip.errors import unknown
from aip.heads import Heads
from aip.perturb import blind_method, method
from aip.perturb.descent import l2_norm
from aip.perturb.perceptibility import Perceptibility, mean_perceptibility, perceptibility
from aip.perturb.problem import Outcome, Problem
from aip.process.resize import resize
from aip.recognise.recogniser import Recogniser, to_input

# Epsilons are given for this input, as the paper gives them.
REFERENCE = (224, 224)

# What only a method that perturbs against a recogniser tells of each head.
OF_A_METHOD = ("first_loss", "last_loss", "unpublished")


def input_epsilon(epsilon: float, input_size: tuple[int, int]) -> float:
    """Scale epsilon from a 224×224×3 input to another, keeping the root mean square per value.

    Examples
    --------
    >>> input_epsilon(1000, (112, 112))
    500.0
    """
    return epsilon * math.sqrt(math.prod(input_size)) / math.sqrt(math.prod(REFERENCE))


def craft(
    path: Path,
    heads: Heads,
    positions: NDArray[np.int64],
    against: Sequence[Recogniser],
    provenance: Provenance,
    progress: Callable[[int], object],
) -> None:
    """Perturb heads and write the published images.

    Parameters
    ----------
    path : Path
        The HDF5 file to write: ``id``, ``images``, ``norm`` (L2 of the perturbation at input
        size; at the reference input for a strategy without a recogniser), ``first_loss``,
        ``last_loss`` and ``unpublished`` (1 where the perturbed input itself, before it is
        published, is recognised, else 0; all three NaN without a recogniser), and the published
        heads' `Perceptibility`: ``l2``, ``linf``, ``psnr`` and ``ssim``.
    heads : Heads
    positions : (n,) int64 array
        Which heads, as positions into `heads`.
    against : sequence of Recogniser
        Whom to perturb against; none where the strategy knows of none, and publishes as it is.
    provenance : Provenance
        Its definition is the user strategy, resolved.
    progress : callable
        Called with the number of heads done since its last call.
    """
    columns: dict[str, list[NDArray[np.float32]]] = {
        name: [] for name in ("norm", *OF_A_METHOD, *Perceptibility._fields)
    }
    with writing(path, provenance) as file:
        writer = ImageWriter(file.create_group("images"))
        for block, valid in blocks(len(positions)):
            members = positions[block]
            originals = [heads.images[int(i)] for i in members]
            if not against:
                change = blind_method(provenance.definition["method"])
                keys = _keywords(change, provenance.definition)
                published = [change(head, **keys) for head in originals]
                norms = np.array([_norm(*pair) for pair in zip(originals, published, strict=True)])
                method_knows = np.full((len(OF_A_METHOD), len(members)), np.nan)
            else:
                problem, outcome = perturb_against(heads, members, originals, against, provenance)
                pairs = zip(originals, outcome.r.cpu(), strict=True)
                published = [publish(head, r) for head, r in pairs]
                norms = l2_norm(outcome.r).flatten().cpu().numpy()
                unpublished = problem.scores(outcome.r).argmax(1) == problem.y
                found = [outcome.first_loss, outcome.last_loss, unpublished.float()]
                method_knows = torch.stack(found).cpu().numpy()
            writer.append(published[:valid])
            compared = zip(originals[:valid], published[:valid], strict=True)
            seen = np.array([perceptibility(*pair) for pair in compared]).T
            for column, values in zip(columns.values(), (norms, *method_knows, *seen), strict=True):
                column.append(values[:valid].astype(np.float32))
            progress(valid)
        writer.close()
        write_column(file, "id", heads.id[positions])
        for name, parts in columns.items():
            write_column(file, name, np.concatenate([np.zeros(0, np.float32), *parts]))


def write_card(path: Path, perturbation: Path, provenance: Provenance) -> None:
    """Write how a shard went, as JSON: heads, mean losses, norm and perceptibility, seconds."""
    means: dict[str, float | None] = asdict(mean_perceptibility([perturbation]))
    with reading(perturbation) as file:
        for name in ("first_loss", "last_loss"):
            values = file[name][()]
            means[name] = float(values.mean()) if np.isfinite(values).any() else None
        heads, seconds = len(file["id"]), float(file.attrs["seconds"])
    named = {f"mean_{name}": value for name, value in means.items()}
    write_json(path, provenance, heads=heads, **named, seconds=seconds)


def publish(head: NDArray[np.uint8], r: torch.Tensor) -> NDArray[np.uint8]:
    """Add a perturbation to a head at its native size: resize, add, clip, round to 8 bits.

    Parameters
    ----------
    head : (height, width, 3) uint8 array
    r : (3, s, s) float32 tensor
    """
    height, width = head.shape[:2]
    native = resize(r[None], height, width)[0].permute(1, 2, 0).numpy()
    published: NDArray[np.uint8] = np.rint(np.clip(head + native, 0, 255)).astype(np.uint8)
    return published


def _norm(head: NDArray[np.uint8], published: NDArray[np.uint8]) -> float:
    """Return the L2 norm of a change, scaled from native size to the reference input."""
    difference = published.astype(np.float64) - head
    scale = math.sqrt(math.prod(REFERENCE) / head[..., 0].size)
    return float(np.linalg.norm(difference)) * scale


def _keywords(page: Callable[..., object], strategy: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of a strategy that are keyword-only arguments of a page's function."""
    return {
        name: strategy[name]
        for name, parameter in signature(page).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
    }


def perturb_against(
    heads: Heads,
    members: NDArray[np.int64],
    originals: list[NDArray[np.uint8]],
    against: Sequence[Recogniser],
    provenance: Provenance,
) -> tuple[Problem, Outcome]:
    """Perturb a block of heads against recognisers.

    Parameters
    ----------
    heads : Heads
    members : (n,) int64 array
        Which heads, as positions into `heads`.
    originals : list of (height, width, 3) uint8 arrays
        Their images.
    against : sequence of Recogniser
        At least one; the heads are perturbed at the largest of their inputs.
    provenance : Provenance
        Its definition is the user strategy, resolved.

    Returns
    -------
    Problem, Outcome
        What the method was given, and what it gave back.

    Raises
    ------
    BadInput
        Nobody is called like the strategy's target.
    """
    strategy, device = provenance.definition, against[0].device
    size = max((recogniser.input_size for recogniser in against), key=math.prod)
    problem = Problem(
        x=torch.stack([to_input(head, size) for head in originals]).to(device),
        y=torch.from_numpy(against[0].labels(heads.identity[members])).to(device),
        grey=torch.from_numpy(heads.grey[members]).to(device),
        against=tuple(against),
        robust_to=tuple((kind, count) for kind, count in strategy["robust_to"]),
        ids=heads.id[members],
        seed=provenance.seed,
        diversity=strategy.get("input_diversity", 0.0),
    )
    if strategy.get("target") is not None:
        problem = replace(problem, target=targets(problem, strategy["target"]))
    perturb = method(strategy["method"])
    epsilon = {}
    if "epsilon" in strategy:
        scaled = strategy.get("step_rule") != "paper"
        epsilon["epsilon"] = input_epsilon(strategy["epsilon"], size if scaled else REFERENCE)
    return problem, perturb(problem, **_keywords(perturb, {**strategy, **epsilon}))


def targets(problem: Problem, target: str) -> torch.Tensor:
    """Return the labels to be mistaken for.

    Parameters
    ----------
    problem : Problem
    target : str
        An identity; or ``least-likely`` for the one other than its own of each head's lowest clean
        score (Kurakin et al. 2017), which also stands in for heads of that identity itself.

    Raises
    ------
    BadInput
        Nobody is called so.
    """
    clean = problem.scores(torch.zeros_like(problem.x))
    least = clean.scatter(1, problem.y[:, None], torch.inf).argmin(1)
    if target == "least-likely":
        return least
    known = problem.against[0].identities
    if target not in known:
        raise unknown("user strategy", "target", target, known.tolist())
    wanted = torch.full_like(problem.y, int(np.flatnonzero(known == target)[0]))
    return torch.where(problem.y == wanted, least, wanted)
