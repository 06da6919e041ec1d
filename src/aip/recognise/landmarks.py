"""The landmarks file: where the faces in the clean heads look from, as a detector finds them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from aip.album.heads import Heads
from aip.compute.blocks import BLOCK
from aip.recognise.finding import Find
from aip.recognise.template import POINTS, is_spread
from aip.store.hdf5 import read_text, reading, write_column, writing
from aip.store.provenance import Provenance, write_json


def write_landmarks(
    path: Path,
    heads: Heads,
    find: Find,
    provenance: Provenance,
    progress: Callable[[int], object],
) -> None:
    """Find the landmarks of every head, and write them.

    The file holds ``id``, ``subset``, ``landmarks`` (n, 5, 2), x and y in pixels of each head, and
    ``found``, 0 where no face was found and the landmarks are NaN.
    """
    n = len(heads.id)
    landmarks = np.full((n, POINTS, 2), np.nan)
    for start in range(0, n, BLOCK):
        here = range(start, min(start + BLOCK, n))
        landmarks[here] = find([heads.images[i] for i in here])
        progress(len(here))
    found = np.array([is_spread(points) for points in landmarks], bool)
    landmarks[~found] = np.nan
    with writing(path, provenance) as file:
        write_column(file, "id", heads.id)
        write_column(file, "subset", heads.subset)
        write_column(file, "landmarks", landmarks)
        write_column(file, "found", found)


def write_landmarks_card(path: Path, landmarks: Path, provenance: Provenance) -> None:
    """Write as JSON in how many heads of each subset a face was found."""
    with reading(landmarks) as file:
        found, subset = file["found"][()], read_text(file, "subset")
    subsets = {
        str(name): {"heads": int((subset == name).sum()), "found": int(found[subset == name].sum())}
        for name in np.unique(subset)
    }
    write_json(path, provenance, heads=len(found), found=int(found.sum()), subsets=subsets)
