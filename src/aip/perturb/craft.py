"""Crafting: perturb a shard of heads with one user strategy and publish them."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from inspect import signature
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from aip.abreast import abreast, fitting
from aip.artifacts import ImageWriter, Provenance, reading, write_column, write_json, writing
from aip.blocks import Block, blocks
from aip.device import CPU, describe, free_memory, memory_taken, move, ran_out
from aip.errors import BadInput, unknown
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
    threads: int = 1,
) -> None:
    """Perturb heads and write the published images.

    Parameters
    ----------
    path : Path
        The HDF5 file to write: ``id``, ``images``, ``norm`` (L2 of the perturbation at input
        size; at the reference input for a strategy without a recogniser), ``first_loss``,
        ``last_loss`` and ``unpublished`` (1 where the perturbed input itself, before it is
        published, is recognised, else 0; all three NaN without a recogniser), and the published
        heads' `Perceptibility`: ``l2``, ``linf``, ``psnr`` and ``ssim``; and the attribute
        ``device``.
    heads : Heads
    positions : (n,) int64 array
        Which heads, as positions into `heads`.
    against : sequence of Recogniser
        Whom to perturb against; none where the strategy knows of none, and publishes as it is.
    provenance : Provenance
        Its definition is the user strategy, resolved.
    progress : callable
        Called with the number of heads done since its last call.
    threads : int
        How many blocks of heads are worked on at once; on a GPU, as many of them as fit into its
        memory. No result depends on it.

    Raises
    ------
    BadInput
        A block of heads does not fit into the memory of the GPU.
    """
    columns: dict[str, list[NDArray[np.float32]]] = {
        name: [] for name in ("norm", *OF_A_METHOD, *Perceptibility._fields)
    }
    device = against[0].device if against else CPU

    def work(block: Block) -> _Crafted:
        return _craft(heads, positions[block.positions], block.valid, against, provenance)

    def try_a_step() -> None:
        once = replace(provenance, definition={**provenance.definition, "steps": 1})
        _craft(heads, positions[todo[0].positions], 1, against, once)

    todo = list(blocks(len(positions)))
    with writing(path, provenance) as file:
        writer = ImageWriter(file.create_group("images"))
        try:
            width = threads
            if todo and device.type == "cuda":
                cost = memory_taken(device, try_a_step)
                width = min(threads, fitting(free_memory(device), cost))
            for crafted in abreast(work, todo, width, device):
                writer.append(crafted.published)
                for column, values in zip(columns.values(), crafted.columns, strict=True):
                    column.append(values.astype(np.float32))
                progress(len(crafted.published))
        except RuntimeError as error:
            if not ran_out(error):
                raise
            raise BadInput(
                f"{describe(device)}: {len(todo[0].positions)} heads at once do not fit into its "
                "memory; expected a GPU with more, or none (--resources gpu=0)"
            ) from error
        writer.close()
        write_column(file, "id", heads.id[positions])
        for name, parts in columns.items():
            write_column(file, name, np.concatenate([np.zeros(0, np.float32), *parts]))
        file.attrs["device"] = describe(device)


class _Crafted(NamedTuple):
    published: list[NDArray[np.uint8]]
    columns: list[NDArray[np.floating[Any]]]  # as the file has them, in its order


def _craft(
    heads: Heads,
    members: NDArray[np.int64],
    valid: int,
    against: Sequence[Recogniser],
    provenance: Provenance,
) -> _Crafted:
    """Perturb a block of heads, of which the first `valid` count."""
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
    compared = zip(originals[:valid], published[:valid], strict=True)
    seen = np.array([perceptibility(*pair) for pair in compared]).T
    return _Crafted(published[:valid], [values[:valid] for values in (norms, *method_knows, *seen)])


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
        x=move(torch.stack([to_input(head, size) for head in originals]), device),
        y=move(torch.from_numpy(against[0].labels(heads.identity[members])), device),
        grey=move(torch.from_numpy(heads.grey[members]), device),
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
