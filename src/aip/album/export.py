"""Heads, or the photos that they are in, written as PNG files for other programs."""

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from aip.album.head_files import INDEX, file_name, first_heads
from aip.album.heads import crop
from aip.album.index import Instance, cell
from aip.album.photo import read_photo
from aip.errors import BadInput

HEADER = (
    *("head", "identity", "subset", "split", "photoset", "photo"),
    *("xmin", "ymin", "width", "height", "file", "file_width", "file_height"),
)

Picture = NDArray[np.uint8]


def write_heads_as_files(
    folder: Path, index: Sequence[Instance], heads: Iterable[tuple[int, Picture]]
) -> None:
    """Write heads as PNG files, and an index that says whose they are.

    Parameters
    ----------
    folder : Path
        It is there, and empty.
    index : sequence of Instance
        The album's.
    heads : iterable of (number, head)
        Each head's number, from 1, and its (height, width, 3) uint8 image.
    """
    rows = []
    for number, head in heads:
        _save(folder / file_name(number), head)
        rows.append(_row(number, index[number - 1], file_name(number), head))
    _write_index(folder / INDEX, rows)


def write_photos_as_files(
    folder: Path,
    index: Sequence[Instance],
    index_path: Path,
    photo_path: Callable[[Instance], Path],
    numbers: Sequence[int],
    published: Mapping[int, Callable[[], Picture]],
) -> None:
    """Write the photos in which heads lie as PNG files, and an index that says where.

    Parameters
    ----------
    folder, index
        As in `write_heads_as_files`.
    index_path : Path
        Where the index lies, for errors.
    photo_path : callable
        Gives the file of an instance's photo.
    numbers : sequence of int
        The heads.
    published : mapping of callable
        By number, what a head is replaced by; others stay as they are.

    Raises
    ------
    BadInput
        A photo cannot be read, or what replaces a head has another size.
    """
    first, rows = first_heads(index), []
    for name, members in groupby(sorted(numbers, key=lambda n: (first[n], n)), first.__getitem__):
        photo = read_photo(photo_path(index[name - 1])).copy()
        here = list(members)
        for number in here:
            if number in published:
                where = f"{index_path}, line {number + 1}"
                head, box = published[number](), crop(photo, index[number - 1], where=where)
                if head.shape != box.shape:
                    raise BadInput(
                        f"head {number}: its published image is {head.shape[1]} wide and "
                        f"{head.shape[0]} high, expected {box.shape[1]} and {box.shape[0]} as in "
                        "its photo; a study with a head_size publishes no photos"
                    )
                box[:] = head
        _save(folder / file_name(name), photo)
        rows += [_row(number, index[number - 1], file_name(name), photo) for number in here]
    _write_index(folder / INDEX, sorted(rows))


def _save(path: Path, picture: Picture) -> None:
    Image.fromarray(picture).save(path)


def _row(number: int, instance: Instance, file: str, picture: Picture) -> tuple[str | int, ...]:
    height, width = picture.shape[:2]
    identity, subset, split = map(cell, (instance.identity, instance.subset, instance.split))
    photo = map(cell, (instance.photoset, instance.photo))
    box = instance.xmin, instance.ymin, instance.width, instance.height
    return number, identity, subset, split, *photo, *box, file, width, height


def _write_index(path: Path, rows: Iterable[tuple[str | int, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(rows)
