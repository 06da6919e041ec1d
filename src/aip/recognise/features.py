"""Features of the heads that are enrolled and recognised."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from aip.artifacts import Provenance, read_text, reading, write_column, writing
from aip.blocks import blocks
from aip.heads import Heads
from aip.recognise.nets import source
from aip.recognise.nets.building import load as load_net
from aip.recognise.recogniser import Recogniser, best_device, compute_dtype, to_input

PIXELS = (16, 16)  # size of the thumbnails that show what recognition takes without a net


def write_features(
    path: Path,
    heads: Heads,
    subset: str,
    net: Path,
    definition: dict[str, Any],
    provenance: Provenance,
    progress: Callable[[int], object],
) -> None:
    """Compute the features of a subset's heads.

    The file holds ``id``, ``identity``, ``split``, ``features`` (n, d) float32, and ``pixels``
    (n, 768) float32: the heads as 16×16 thumbnails, 0–1, to compare with.
    """
    chosen = heads.where(subset)
    taught = load_net(definition["arch"], definition["feature_layer"], net)
    # The features need no SVM: its weights are of no identity.
    none = torch.zeros(0, 1)
    recogniser = Recogniser(
        taught,
        none,
        none[:, 0],
        np.array([], str),
        tuple(definition["input_size"]),
        source(definition["arch"]).statistics(definition["arch"]),
        compute_dtype(definition["precision"]),
    )
    recogniser.to(best_device())
    features, pixels = [], []
    for block, valid in blocks(len(chosen)):
        images = [heads.images[int(i)] for i in chosen[block]]
        inputs = torch.stack([to_input(image, recogniser.input_size) for image in images])
        with torch.inference_mode():
            features.append(recogniser.features(inputs.to(recogniser.device)).cpu().numpy()[:valid])
        pixels += [to_input(image, PIXELS).flatten().numpy() / 255 for image in images[:valid]]
        progress(valid)
    with writing(path, provenance) as file:
        write_column(file, "id", heads.id[chosen])
        write_column(file, "identity", heads.identity[chosen])
        write_column(file, "split", heads.split[chosen])
        write_column(file, "features", np.concatenate(features))
        write_column(file, "pixels", np.stack(pixels))


def read_features(
    path: Path, column: str = "features"
) -> tuple[NDArray[np.float32], NDArray[np.str_], NDArray[np.int8]]:
    """Return (n, d) features (or ``pixels``), (n,) identities and (n,) splits."""
    with reading(path) as file:
        return file[column][()], read_text(file, "identity"), file["split"][()]
