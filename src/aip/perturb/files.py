"""Files: what another program published of heads, or of the photos that they are in."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from aip.album import source as album_source
from aip.album.head_files import HeadFiles, check_all_there, first_heads, read_head_files
from aip.album.heads import Heads, crop
from aip.album.index import Instance, read_index
from aip.album.photo import read_photo, read_size
from aip.errors import BadInput
from aip.perturb.same_picture import Picture, SmallPictures

SHOWN = 3  # of what does not fit, how many are named

Read = Callable[[int], Picture]


def files(heads: Heads, positions: NDArray[np.int64], strategy: Mapping[str, Any]) -> Read:
    """Check the files of some heads, and return what reads one.

    Parameters
    ----------
    heads : Heads
    positions : (n,) int64 array
        Which heads, as positions into `heads`.
    strategy : mapping
        The user strategy: ``holds`` says whether files are ``heads`` or whole ``photos``, of which
        heads are cut; ``source`` is a mapping with the ``root`` that they are in and, for photos,
        the ``album``'s definition and the path of its ``index``.

    Returns
    -------
    callable
        Returns the published image of a head, by its position, (height, width, 3) uint8.

    Raises
    ------
    BadInput
        A head has no file, or one that cannot be read, has another size or is another picture; the
        message names the first.
    """
    source = strategy["source"]
    found = read_head_files(Path(source["root"]), where="root")
    numbers = heads.id[positions].tolist()
    file_of = dict(zip(numbers, numbers, strict=True))
    read = _of_heads(heads, found)
    if strategy["holds"] == "photos":
        index_path = Path(source["index"])
        index = read_index(index_path)
        first = first_heads(index)
        file_of = {number: first[number] for number in numbers}
        read = _of_photos(heads, found, source["album"], index, index_path)
    check_all_there(found, file_of, where="root")
    _check(heads, positions, read)
    return read


def _of_heads(heads: Heads, found: HeadFiles) -> Read:
    def read(position: int) -> Picture:
        path = found.by_number[int(heads.id[position])]
        published, (height, width) = read_photo(path), heads.images[position].shape[:2]
        if published.shape[:2] != (height, width):
            raise _of_another_size(path, published, "the head's", (height, width))
        return published

    return read


def _of_photos(
    heads: Heads,
    found: HeadFiles,
    album: dict[str, Any],
    index: Sequence[Instance],
    index_path: Path,
) -> Read:
    first, photo_path = first_heads(index), album_source(album, index_path.parent).photo_path

    def read(position: int) -> Picture:
        number, instance = int(heads.id[position]), index[position]
        path = found.by_number[first[number]]
        photo, (width, height) = read_photo(path), read_size(photo_path(instance))
        if photo.shape[:2] != (height, width):
            raise _of_another_size(path, photo, "the photo's", (height, width))
        head = crop(photo, instance, where=f"{index_path}, line {number + 1}")
        height, width = heads.images[position].shape[:2]
        if head.shape[:2] == (height, width):
            return head
        # As heads of a study with a head_size were resized.
        small = Image.fromarray(head).resize((width, height), Image.Resampling.BILINEAR)
        return np.asarray(small)

    return read


def _of_another_size(path: Path, found: Picture, whose: str, expected: tuple[int, int]) -> BadInput:
    return BadInput(
        f"{path}: found {found.shape[1]} × {found.shape[0]} pixels, expected {whose} "
        f"{expected[1]} × {expected[0]}"
    )


def _check(heads: Heads, positions: NDArray[np.int64], read: Read) -> None:
    """Read what was published of all heads, and name the first that are not as they should be."""
    wrong = []
    pictures = SmallPictures(heads, int(positions[0])) if len(positions) else None
    for position in positions.tolist():
        try:
            reason = pictures and pictures.why_another(read(position), position)
        except BadInput as error:
            reason = str(error)
        if reason:
            wrong.append(f"head {heads.id[position]}: {reason}")
    if wrong:
        more = f"; and {len(wrong) - SHOWN:,} more" if len(wrong) > SHOWN else ""
        raise BadInput(f"what was published does not fit: {'; '.join(wrong[:SHOWN])}{more}")
