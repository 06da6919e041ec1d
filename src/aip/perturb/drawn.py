"""Lessons of a mixture: each head perturbed by a user strategy that was drawn for it."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from aip.album.heads import Heads
from aip.compute.device import CPU, describe
from aip.perturb.artifact import write_perturbations
from aip.recognise.recogniser import Recogniser
from aip.store.hdf5 import ImageReader, ImageWriter, reading, write_column, writing
from aip.store.partial import beside_of
from aip.store.provenance import Provenance


@dataclass(frozen=True)
class Drawable:
    """A user strategy that can be drawn.

    Attributes
    ----------
    strategy : mapping
        Resolved.
    against : callable
        Loads the recognisers that it is against.
    """

    strategy: Mapping[str, Any]
    against: Callable[[], Sequence[Recogniser]]


def nothing_to_learn(
    mixture: Mapping[str, float], strategies: Mapping[str, Mapping[str, Any]]
) -> str | None:
    """Say so if all that a mixture plays publishes heads as they are.

    Parameters
    ----------
    mixture : mapping
        By name, how often each user strategy is played.
    strategies : mapping
        The user strategies, resolved.
    """
    played = [name for name, probability in mixture.items() if probability > 0]
    if any(strategies[name]["method"] != "none" for name in played):
        return None
    return (
        f"the user's mixture plays {', '.join(played)} alone, which publishes heads as they are; "
        "there is nothing to learn from it"
    )


def write_drawn(
    path: Path,
    heads: Heads,
    positions: NDArray[np.int64],
    drawn: NDArray[np.str_],
    strategies: Mapping[str, Drawable],
    provenance: Provenance,
    progress: Callable[[int], object],
    threads: int = 1,
) -> None:
    """Perturb each head with the strategy drawn for it, and write the published images in order.

    Every image is the one that its strategy publishes of that head, whatever the others'.

    Parameters
    ----------
    path : Path
        The HDF5 file to write: the datasets and attributes of
        `aip.perturb.artifact.write_perturbations`, and ``strategy``, the name that was drawn.
    heads : Heads
    positions : (n,) int64 array
        Which heads, as positions into `heads`.
    drawn : (n,) text array
        For each, the name of its strategy.
    strategies : mapping of Drawable
        By name; at least those that were drawn.
    provenance : Provenance
    progress : callable
        Called with the number of heads done since its last call.
    threads : int
        As in `write_perturbations`.

    Raises
    ------
    BadInput
        As in `write_perturbations`.
    """
    folder = beside_of(path)
    folder.mkdir(parents=True)
    try:
        parts = {}
        for number, name in enumerate(dict.fromkeys(drawn.tolist())):
            parts[name] = folder / f"{number}.h5"
            own = replace(provenance, definition={**strategies[name].strategy})
            write_perturbations(
                parts[name],
                heads,
                positions[drawn == name],
                strategies[name].against(),
                own,
                progress,
                threads,
            )
        _merge(path, parts, drawn, provenance)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _merge(
    path: Path, parts: Mapping[str, Path], drawn: NDArray[np.str_], provenance: Provenance
) -> None:
    """Write what strategies published of their heads into one file, in the order of the heads."""
    columns: dict[str, NDArray[Any]] = {}
    devices = []
    with ExitStack() as stack:
        files = {name: stack.enter_context(reading(part)) for name, part in parts.items()}
        for name, file in files.items():
            devices.append(file.attrs["device"])
            for key, found in file.items():
                if isinstance(found, h5py.Dataset):
                    values = found[()]
                    column = columns.setdefault(key, np.empty(len(drawn), values.dtype))
                    column[drawn == name] = values
        images = {name: iter(ImageReader(file["images"])) for name, file in files.items()}
        with writing(path, provenance) as file:
            writer = ImageWriter(file.create_group("images"))
            for name in drawn.tolist():
                writer.append([next(images[name])])
            writer.close()
            for key, values in columns.items():
                write_column(file, key, values)
            write_column(file, "strategy", drawn)
            # Strategies without a recogniser are computed on the processor.
            file.attrs["device"] = next((d for d in devices if d != describe(CPU)), devices[0])
