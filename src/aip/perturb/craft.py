"""Crafting: perturb a shard of heads with one user strategy and publish them."""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from aip.artifacts import ImageWriter, Provenance, reading, write_column, write_json, writing
from aip.blocks import blocks
from aip.heads import Heads
from aip.perturb import blind_method, method
from aip.perturb.descent import l2_norm
from aip.perturb.perceptibility import Perceptibility, mean_perceptibility, perceptibility
from aip.perturb.problem import Outcome, Problem
from aip.process.resize import resize
from aip.recognise.recogniser import Recogniser, to_input

# Epsilons are given for this input, as the paper gives them.
REFERENCE_SIDE = 224


def input_epsilon(epsilon: float, input_size: tuple[int, int]) -> float:
    """Scale epsilon from a 224×224×3 input to another, keeping the root mean square per value.

    Examples
    --------
    >>> input_epsilon(1000, (112, 112))
    500.0
    """
    return epsilon * math.sqrt(math.prod(input_size)) / REFERENCE_SIDE


def craft(
    path: Path,
    heads: Heads,
    positions: NDArray[np.int64],
    recogniser: Recogniser | None,
    provenance: Provenance,
    progress: Callable[[int], object],
) -> None:
    """Perturb heads and write the published images.

    Parameters
    ----------
    path : Path
        The HDF5 file to write: ``id``, ``images``, ``norm`` (L2 of the perturbation at input
        size; at the reference input for a strategy without a recogniser), ``first_loss`` and
        ``last_loss`` (NaN without a recogniser), and the published heads' `Perceptibility`:
        ``l2``, ``linf``, ``psnr`` and ``ssim``.
    heads : Heads
    positions : (n,) int64 array
        Which heads, as positions into `heads`.
    recogniser : Recogniser or None
        Whom to perturb against; None where the strategy knows of none, and publishes as it is.
    provenance : Provenance
        Its definition is the user strategy, resolved.
    progress : callable
        Called with the number of heads done since its last call.
    """
    columns: dict[str, list[NDArray[np.float32]]] = {
        name: [] for name in ("norm", "first_loss", "last_loss", *Perceptibility._fields)
    }
    with writing(path, provenance) as file:
        writer = ImageWriter(file.create_group("images"))
        for block, valid in blocks(len(positions)):
            members = positions[block]
            originals = [heads.images[int(i)] for i in members]
            if recogniser is None:
                change = blind_method(provenance.definition["method"])
                keys = _keywords(change, provenance.definition)
                published = [change(head, **keys) for head in originals]
                norms = np.array([_norm(*pair) for pair in zip(originals, published, strict=True)])
                losses = np.full((2, len(members)), np.nan)
            else:
                outcome = _perturb(heads, members, originals, recogniser, provenance)
                pairs = zip(originals, outcome.r.cpu(), strict=True)
                published = [publish(head, r) for head, r in pairs]
                norms = l2_norm(outcome.r).flatten().cpu().numpy()
                losses = torch.stack([outcome.first_loss, outcome.last_loss]).cpu().numpy()
            writer.append(published[:valid])
            compared = zip(originals[:valid], published[:valid], strict=True)
            seen = np.array([perceptibility(*pair) for pair in compared]).T
            for column, values in zip(columns.values(), (norms, *losses, *seen), strict=True):
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
    return float(np.linalg.norm(difference)) * REFERENCE_SIDE / float(np.sqrt(head[..., 0].size))


def _keywords(page: Callable[..., object], strategy: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of a strategy that are keyword-only arguments of a page's function."""
    return {
        name: strategy[name]
        for name, parameter in signature(page).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
    }


def _perturb(
    heads: Heads,
    members: NDArray[np.int64],
    originals: list[NDArray[np.uint8]],
    recogniser: Recogniser,
    provenance: Provenance,
) -> Outcome:
    strategy, size, device = provenance.definition, recogniser.input_size, recogniser.device
    problem = Problem(
        x=torch.stack([to_input(head, size) for head in originals]).to(device),
        y=torch.from_numpy(recogniser.labels(heads.identity[members])).to(device),
        grey=torch.from_numpy(heads.grey[members]).to(device),
        against=(recogniser,),
        robust_to=tuple((kind, count) for kind, count in strategy["robust_to"]),
        ids=heads.id[members],
        seed=provenance.seed,
    )
    perturb = method(strategy["method"])
    scaled = {"epsilon": input_epsilon(strategy["epsilon"], size)} if "epsilon" in strategy else {}
    return perturb(problem, **_keywords(perturb, {**strategy, **scaled}))
