"""Heads: the crops of head boxes, in one file, and which of them are attacked."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from aip.album import Purpose
from aip.album.index import Instance
from aip.album.photo import read_photo
from aip.compute.draws import generator
from aip.errors import BadInput, together
from aip.store.checksums import Damaged
from aip.store.hdf5 import ImageReader, ImageWriter, read_text, reading, write_column
from aip.store.hdf5 import writing as writing_artifact
from aip.store.provenance import Provenance, write_json


@dataclass(frozen=True)
class Heads:
    """The heads of an album; line n of its index is head n.

    Attributes
    ----------
    id : (n,) int64 array
        Head numbers, from 1.
    identity, subset : (n,) text arrays
    split : (n,) int8 array
        0 enrols, 1 is attacked and scored, −1 in ``train``.
    grey : (n,) bool array
        Whether all three channels agree in every pixel.
    images : ImageReader
        The crops, each (height, width, 3) uint8, read when asked for.
    landmarks : (n, 5, 2) float64 array or None
        Of each head's face, x and y in pixels of the head, NaN where none was found; None if nobody
        looked for them.
    """

    id: NDArray[np.int64]
    identity: NDArray[np.str_]
    subset: NDArray[np.str_]
    split: NDArray[np.int8]
    grey: NDArray[np.bool_]
    images: ImageReader
    landmarks: NDArray[np.float64] | None = None

    def where(self, subset: str, split: int | None = None) -> NDArray[np.int64]:
        """Return the positions of a subset's heads, or those of one of its splits."""
        chosen = self.subset == subset
        if split is not None:
            chosen &= self.split == split
        return np.flatnonzero(chosen)

    def positions(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the positions of the heads with some numbers, in the order of the numbers.

        Raises
        ------
        BadInput
            There is no head with such a number.
        """
        unknown = ids[(ids < 1) | (ids > len(self.id))]
        if len(unknown):
            raise BadInput(f"found head {unknown[0]}, expected one from 1 to {len(self.id)}")
        return ids - 1


def crop(photo: NDArray[np.uint8], instance: Instance, where: str) -> NDArray[np.uint8]:
    """Cut a head's box out of its photo, clipped to the photo.

    Parameters
    ----------
    photo : (height, width, 3) uint8 array
    instance : Instance
    where : str
        The index's file and line, for the error.

    Raises
    ------
    BadInput
        The box lies wholly outside the photo.
    """
    height, width = photo.shape[:2]
    left, top = max(instance.xmin, 0), max(instance.ymin, 0)
    right = min(instance.xmin + instance.width, width)
    bottom = min(instance.ymin + instance.height, height)
    if right <= left or bottom <= top:
        raise BadInput(
            f"{where}: the head box x {instance.xmin}–{instance.xmin + instance.width}, "
            f"y {instance.ymin}–{instance.ymin + instance.height} lies wholly outside its photo "
            f"{instance.photoset}/{instance.photo}, which is {width} wide and {height} high"
        )
    return photo[top:bottom, left:right]


def write_heads(
    path: Path,
    index: Sequence[Instance],
    index_path: Path,
    photo_path: Callable[[Instance], Path],
    size: tuple[int, int] | None,
    provenance: Provenance,
    progress: Callable[[int], object],
) -> None:
    """Crop every head of an index into one HDF5 file.

    Parameters
    ----------
    path : Path
        The file to write.
    index, index_path
        The album's index, and where it lies (for errors).
    photo_path : callable
        Gives the file of an instance's photo.
    size : (height, width) or None
        The size to resize every head to; None keeps each at its native size.
    progress : callable
        Called with the number of heads done since its last call.

    Raises
    ------
    BadInput
        Photos cannot be read, or boxes lie outside them; all are read, and the first ten named.
    """
    with writing_artifact(path, provenance) as file:
        writer = ImageWriter(file.create_group("images"))
        grey = []
        wrong: list[BadInput] = []
        for _, run in groupby(enumerate(index), key=lambda item: (item[1].photoset, item[1].photo)):
            numbered = list(run)
            try:
                photo = read_photo(photo_path(numbered[0][1]))
                heads = [crop(photo, head, f"{index_path}, line {n + 2}") for n, head in numbered]
            except BadInput as error:  # the others are read, so that all are named at once
                wrong.append(error)
                progress(len(numbered))
                continue
            grey += [bool((head == head[..., :1]).all()) for head in heads]
            if size is not None:
                heads = [_resized(head, *size) for head in heads]
            writer.append(heads)
            progress(len(heads))
        if wrong:
            raise together(wrong, "photos cannot be used")
        writer.close()
        write_column(file, "id", np.arange(1, len(index) + 1))
        write_column(file, "identity", np.array([head.identity for head in index], dtype=str))
        write_column(file, "subset", np.array([head.subset for head in index], dtype=str))
        splits = [-1 if head.split is None else head.split for head in index]
        write_column(file, "split", np.array(splits, dtype=np.int8))
        write_column(file, "grey", np.array(grey, dtype=bool))


def _resized(head: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    resized = Image.fromarray(head).resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(resized)


def write_heads_card(
    path: Path,
    heads_path: Path,
    provenance: Provenance,
    missing: Mapping[str, int],
    left_out: Mapping[str, Mapping[str, int]],
) -> None:
    """Write what a heads file holds, as JSON: counts, and the median size in pixels.

    `missing` is what `aip.album.missing.counts` says of the heads that are not in it, and
    `left_out` what `aip.album.missing.reasons` says of the files that are not read.
    """
    with reading(heads_path) as file:
        subset, identity, split = (
            read_text(file, "subset"),
            read_text(file, "identity"),
            file["split"][()],
        )
        height, width = np.median(file["images"]["shape"][()], axis=0).tolist()
        grey = int(file["grey"][()].sum())
    write_json(
        path,
        provenance,
        heads=len(split),
        missing=missing,
        left_out=left_out,
        subsets={
            str(name): {
                "identities": len(np.unique(identity[subset == name])),
                "heads": int((subset == name).sum()),
                "enrolled": int(((subset == name) & (split == 0)).sum()),
                "scored": int(((subset == name) & (split == 1)).sum()),
            }
            for name in np.unique(subset)
        },
        grey=grey,
        median_size=[height, width],
    )


@contextmanager
def open_heads(path: Path, landmarks: Path | None = None) -> Iterator[Heads]:
    """Open a heads file, with its landmarks if given; images are read as they are asked for.

    Raises
    ------
    BadInput
        A file cannot be read.
    Damaged
        The landmarks are those of other heads.
    """
    with reading(path) as file:
        yield Heads(
            id=file["id"][()],
            identity=read_text(file, "identity"),
            subset=read_text(file, "subset"),
            split=file["split"][()],
            grey=file["grey"][()],
            images=ImageReader(file["images"]),
            landmarks=None if landmarks is None else _read_landmarks(landmarks, len(file["id"])),
        )


def _read_landmarks(path: Path, count: int) -> NDArray[np.float64]:
    with reading(path) as file:
        found: NDArray[np.float64] = file["landmarks"][()]
    if len(found) != count:
        raise Damaged(path, f"holds the landmarks of {len(found)} heads, expected {count}")
    return found


def chosen(
    heads: Heads, subset: str, purpose: Purpose, enrolled: int, seed: int
) -> NDArray[np.int64]:
    """Return the positions of the heads for a purpose, in the order in which they are perturbed.

    `enrolled` is the split that teaches the SVM; the other is attacked.
    """
    if purpose == "attacked":
        return attacked(heads, subset, 1 - enrolled, seed)
    return heads.where("train") if purpose == "train" else heads.where(subset, enrolled)


def attacked(heads: Heads, subset: str, split: int, seed: int) -> NDArray[np.int64]:
    """Order the heads of a split so that any first part is spread evenly over the identities.

    Every identity's first head comes before any identity's second, and so on. The order of
    identities, and that of each identity's heads, is drawn. A study that attacks more heads thus
    keeps those it had.

    Returns
    -------
    (n,) int64 array
        Positions into `heads`.
    """
    positions = heads.where(subset, split)
    lots = np.array([generator(seed, "attacked", int(i)).random() for i in heads.id[positions]])
    rank = np.zeros(len(positions), dtype=np.int64)
    seen: Counter[str] = Counter()
    for i in np.argsort(lots, kind="stable"):
        identity = str(heads.identity[positions[i]])
        rank[i] = seen[identity]
        seen[identity] += 1
    return positions[np.lexsort((lots, rank))]
