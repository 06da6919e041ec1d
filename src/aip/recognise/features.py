"""Features of the heads that are enrolled and recognised."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from aip.album import Progress
from aip.artifacts import ImageReader, Provenance, read_text, reading, write_column, writing
from aip.blocks import blocks
from aip.device import CPU, describe, move
from aip.heads import Heads
from aip.recognise.nets.building import load as load_net
from aip.recognise.recogniser import Recogniser, compute_dtype, to_input

PIXELS = (16, 16)  # size of the thumbnails that show what recognition takes without a net


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
) -> None:
    """Compute the features of a subset's heads on a device.

    `lessons` are perturbation files of some of these heads, whose published images follow the
    clean ones.

    The file holds ``id``, ``identity``, ``split``, ``clean`` (0 for a lesson), ``features`` (n, d)
    float32, and ``pixels`` (n, 768) float32: the heads as 16×16 thumbnails, 0–1, to compare with;
    and says on which ``device`` and in which ``precision`` it computed.
    """
    chosen = heads.where(subset)
    images, positions = _gather(heads, chosen, lessons)
    taught, statistics = load_net(definition["arch"], definition["feature_layer"], net)
    # The features need no SVM: its weights are of no identity.
    none = torch.zeros(0, 1)
    recogniser = Recogniser(
        taught,
        none,
        none[:, 0],
        np.array([], str),
        tuple(definition["input_size"]),
        statistics,
        compute_dtype(definition["precision"], device),
    )
    recogniser.to(device)
    features, pixels = [], []
    done = progress(len(images))
    for block, valid in blocks(len(images)):
        shown = [images[i]() for i in block]
        inputs = torch.stack([to_input(image, recogniser.input_size) for image in shown])
        with torch.inference_mode():
            features.append(recogniser.features(move(inputs, device)).cpu().numpy()[:valid])
        pixels += [to_input(image, PIXELS).flatten().numpy() / 255 for image in shown[:valid]]
        done(valid)
    with writing(path, provenance) as file:
        write_column(file, "id", heads.id[positions])
        write_column(file, "identity", heads.identity[positions])
        write_column(file, "split", heads.split[positions])
        write_column(file, "clean", np.arange(len(positions)) < len(chosen))
        write_column(file, "features", np.concatenate(features))
        write_column(file, "pixels", np.stack(pixels))
        file.attrs["device"] = describe(device)
        file.attrs["precision"] = str(recogniser.dtype).removeprefix("torch.")


def _gather(
    heads: Heads, chosen: NDArray[np.int64], lessons: Sequence[Path]
) -> tuple[list[Callable[[], NDArray[np.uint8]]], NDArray[np.int64]]:
    """Return what gives each image when it is asked for, and the position of its head."""
    images: list[Callable[[], NDArray[np.uint8]]] = [
        partial(heads.images.__getitem__, int(i)) for i in chosen
    ]
    positions = [chosen]
    for lesson in lessons:
        with reading(lesson) as file:
            reader = ImageReader(file["images"])
            positions.append(file["id"][()] - 1)
            held = [reader[i] for i in range(len(reader))]
        images += [partial(held.__getitem__, i) for i in range(len(held))]
    return images, np.concatenate(positions)


def read_features(
    path: Path, column: str = "features"
) -> tuple[NDArray[np.float32], NDArray[np.str_], NDArray[np.int8]]:
    """Return (n, d) features (or ``pixels``), (n,) identities and (n,) splits."""
    with reading(path) as file:
        return file[column][()], read_text(file, "identity"), file["split"][()]
