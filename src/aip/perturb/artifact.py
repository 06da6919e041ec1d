"""The perturbation file: a shard of heads, perturbed with one user strategy and published."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from aip.album.heads import Heads
from aip.compute.blocks import Block, blocks
from aip.compute.device import CPU, describe
from aip.compute.side_by_side import in_memory, side_by_side, width_that_fits
from aip.perturb import ELSEWHERE, blind_method, elsewhere_method
from aip.perturb.native import uncovered
from aip.perturb.perceptibility import Perceptibility, mean_perceptibility, perceptibility
from aip.perturb.publish import publish, reference_norm
from aip.perturb.strategy import call, norm_at_input, perturb_against
from aip.recognise.recogniser import Recogniser
from aip.store.hdf5 import ImageWriter, reading, write_column, writing
from aip.store.provenance import Provenance, write_json

# Columns that only a method against a recogniser can fill.
OF_A_METHOD = ("first_loss", "last_loss", "unpublished")


def write_perturbations(
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
        size, to which one at native size is scaled; at the reference input for a strategy without a
        recogniser), ``first_loss``, ``last_loss`` and ``unpublished`` (1 where the perturbed input
        itself, before it is published, is recognised, else 0; at native size, where the published
        head is; all three NaN without a recogniser), and the published
        heads' `Perceptibility`: ``l2``, ``linf``, ``psnr`` and ``ssim``; and the attribute
        ``device``.
    heads : Heads
    positions : (n,) int64 array
        Which heads, as positions into `heads`.
    against : sequence of Recogniser
        The recognisers to perturb against; empty for a strategy that needs none.
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
        A block of heads does not fit into the memory of the GPU, or what another program published
        does not fit the heads.
    """
    columns: dict[str, list[NDArray[np.float32]]] = {
        name: [] for name in ("norm", *OF_A_METHOD, *Perceptibility._fields)
    }
    device = against[0].device if against else CPU
    todo = list(blocks(len(positions)))

    strategy, published = provenance.definition, None
    if strategy["method"] in ELSEWHERE:
        published = elsewhere_method(strategy["method"])(heads, positions, strategy)

    def work(block: Block) -> _Published:
        members = positions[block.positions]
        return _perturb(heads, members, block.valid, against, provenance, published)

    def try_a_step() -> None:
        once = replace(provenance, definition={**provenance.definition, "steps": 1})
        _perturb(heads, positions[todo[0].positions], 1, against, once)

    with writing(path, provenance) as file:
        writer = ImageWriter(file.create_group("images"))
        with in_memory(device, where="heads"):
            width = width_that_fits(threads, try_a_step, device) if todo else threads
            for done in side_by_side(work, todo, width, device):
                writer.append(done.images)
                for column, values in zip(columns.values(), done.columns, strict=True):
                    column.append(values.astype(np.float32))
                progress(len(done.images))
        writer.close()
        write_column(file, "id", heads.id[positions])
        for name, parts in columns.items():
            write_column(file, name, np.concatenate([np.zeros(0, np.float32), *parts]))
        file.attrs["device"] = describe(device)


class _Published(NamedTuple):
    images: list[NDArray[np.uint8]]
    columns: list[NDArray[np.floating[Any]]]  # in the file's order


def _perturb(
    heads: Heads,
    members: NDArray[np.int64],
    valid: int,
    against: Sequence[Recogniser],
    provenance: Provenance,
    elsewhere: Callable[[int], NDArray[np.uint8]] | None = None,
) -> _Published:
    """Perturb a block of heads, of which the first `valid` count, or read what others published."""
    originals = [heads.images[int(i)] for i in members]
    strategy = provenance.definition
    if not against:
        if elsewhere:
            published = [elsewhere(int(i)) for i in members]
        else:
            change = blind_method(strategy["method"])
            published = [call(change, head, strategy) for head in originals]
        norms = np.array([reference_norm(*pair) for pair in zip(originals, published, strict=True)])
        method_knows = np.full((len(OF_A_METHOD), len(members)), np.nan)
    else:
        problem, outcome = perturb_against(
            heads, members, originals, against, strategy, provenance.seed
        )
        perturbations = [r[0] for r in uncovered(outcome.r.cpu(), problem.sizes)]
        published = [publish(*pair) for pair in zip(originals, perturbations, strict=True)]
        norms = norm_at_input(problem, outcome.r, against).cpu().numpy()
        unpublished = problem.scores(outcome.r).argmax(1) == problem.y
        found = [outcome.first_loss, outcome.last_loss, unpublished.float()]
        method_knows = torch.stack(found).cpu().numpy()
    compared = zip(originals[:valid], published[:valid], strict=True)
    seen = np.array([perceptibility(*pair) for pair in compared]).T
    columns = [values[:valid] for values in (norms, *method_knows, *seen)]
    return _Published(published[:valid], columns)


def write_perturbation_card(path: Path, perturbation: Path, provenance: Provenance) -> None:
    """Write how a shard went, as JSON: heads, mean losses, norm and perceptibility, seconds."""
    means: dict[str, float | None] = asdict(mean_perceptibility([perturbation]))
    with reading(perturbation) as file:
        for name in ("first_loss", "last_loss"):
            values = file[name][()]
            means[name] = float(values.mean()) if np.isfinite(values).any() else None
        heads, seconds = len(file["id"]), float(file.attrs["seconds"])
    named = {f"mean_{name}": value for name, value in means.items()}
    write_json(path, provenance, heads=heads, **named, seconds=seconds)
