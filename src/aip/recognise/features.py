"""Features of the heads that are enrolled and recognised."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from aip.album.heads import Heads
from aip.compute.blocks import blocks
from aip.compute.device import CPU, describe, move
from aip.recognise.finding import Find, aligned
from aip.recognise.lessons import WithLessons
from aip.recognise.nets.building import load as load_net
from aip.recognise.recogniser import Recogniser, compute_dtype, to_input
from aip.store.hdf5 import RowWriter, read_text, reading, write_column, writing
from aip.store.progress import Progress
from aip.store.provenance import Provenance

PIXELS = (16, 16)  # size of the thumbnails on which an SVM is the baseline without a net
READ = 1024  # rows at once


def write_features(
    path: Path,
    heads: Heads,
    subset: str,
    lessons: Sequence[Path],
    net: Path,
    definition: dict[str, Any],
    provenance: Provenance,
    progress: Progress,
    device: torch.device = CPU,
    find: Find | None = None,
) -> None:
    """Compute the features of a subset's heads on a device.

    `lessons` are perturbation files of some of these heads, whose published images follow the
    clean ones. A net with a template sees clean heads by their landmarks, and lessons by those that
    `find` finds in them; where no face was found, it sees the head resized.

    The file holds ``id``, ``identity``, ``split``, ``clean`` (0 for a lesson), ``features`` (n, d)
    float32, and ``pixels`` (n, 768) float32: the heads as 16×16 thumbnails, 0–1, to compare with;
    and says on which ``device`` and in which ``precision`` it computed.
    """
    chosen = heads.where(subset)
    images = WithLessons(heads, chosen, lessons)
    taught, statistics = load_net(
        definition["arch"], definition["feature_layer"], net, definition.get("normalise")
    )
    # Features need no SVM, so this recogniser has no identities.
    none = torch.zeros(0, 1)
    recogniser = Recogniser(
        taught,
        none,
        none[:, 0],
        np.array([], str),
        tuple(definition["input_size"]),
        statistics,
        compute_dtype(definition["precision"], device),
        template=definition.get("template"),
    )
    recogniser.to(device)
    done = progress(len(images))
    with writing(path, provenance) as file:
        write_column(file, "id", heads.id[images.positions])
        write_column(file, "identity", heads.identity[images.positions])
        write_column(file, "split", heads.split[images.positions])
        write_column(file, "clean", np.arange(len(images)) < len(chosen))
        features, pixels = (RowWriter(file, name, len(images)) for name in ("features", "pixels"))
        for block, valid in blocks(len(images)):
            shown = [images[int(i)] for i in block]
            seen = [
                aligned(recogniser, image, images.landmarks(int(i), find))
                for i, image in zip(block, shown, strict=True)
            ]
            inputs = torch.stack(seen)
            with torch.inference_mode():
                found = recogniser.features(move(inputs, device)).cpu().numpy()
            features.append(found[:valid])
            small = [to_input(image, PIXELS).flatten().numpy() / 255 for image in shown[:valid]]
            pixels.append(np.stack(small))
            done(valid)
        file.attrs["device"] = describe(device)
        file.attrs["precision"] = str(recogniser.dtype).removeprefix("torch.")


def read_features(
    path: Path,
    column: str = "features",
    split: int | None = None,
    clean: bool | None = None,
    dtype: type[np.floating[Any]] = np.float32,
) -> tuple[NDArray[Any], NDArray[np.str_], NDArray[np.int8]]:
    """Read features; memory holds no more of them than are asked for.

    Parameters
    ----------
    path : Path
    column : str
        ``features``, or ``pixels``.
    split : int, optional
        Only that split's.
    clean : bool, optional
        Only those of clean heads, or only those of lessons.
    dtype : type
        Of what is returned; the file holds float32.

    Returns
    -------
    (n, d) array, (n,) text array, (n,) int8 array
        Features, identities and splits.
    """
    with reading(path) as file:
        splits = file["split"][()]
        asked = np.ones(len(splits), bool) if split is None else splits == split
        if clean is not None:
            asked &= file["clean"][()] == clean
        rows, filled = np.empty((int(asked.sum()), file[column].shape[1]), dtype), 0
        for start in range(0, len(asked), READ):
            here = asked[start : start + READ]
            found = file[column][start : start + READ][here]
            rows[filled : filled + len(found)] = found
            filled += len(found)
        return rows, read_text(file, "identity")[asked], splits[asked]
