"""HDF5 artifacts: whole files, checksummed columns, ragged images."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from aip.errors import BadInput
from aip.store.checksums import Damaged
from aip.store.files import unreadable, whole
from aip.store.provenance import Provenance

# The oldest file format with checksums of the metadata, too: without them, HDF5 can read a flipped
# bit as another shape or type, or search for ever.
LAYOUT = ("v110", "v110")
# Messages of h5py for a failed read.
READING = re.compile("synchronously (read|open)|visitation failed|iterating over")


@contextmanager
def writing(path: Path, provenance: Provenance) -> Iterator[h5py.File]:
    """Open a new HDF5 file, which gets its name only when it is whole.

    Raises
    ------
    BadInput
        The disk is full or cannot be written to.
    """
    with whole(path) as beside, _Disk(beside, "w+") as disk:
        try:
            with h5py.File(disk, "w", libver=LAYOUT) as file:
                yield file
                file.attrs.update(provenance.attributes())
        finally:
            if disk.failed:
                raise disk.failed


class _Disk(FileIO):
    """A file that HDF5 writes to; it hides failed writes from HDF5, which would crash.

    Attributes
    ----------
    failed : OSError or None
        The first failure.
    """

    failed: OSError | None = None

    def write(self, content: Any) -> int:
        """Write everything at the current position; after a failure, write nothing."""
        rest = memoryview(content).cast("B")
        start, size = self.tell(), len(rest)
        try:
            while rest and not self.failed:
                rest = rest[super().write(rest) :]
        except OSError as error:
            self.failed = error
        self.seek(start + size)
        return size


@contextmanager
def reading(path: Path) -> Iterator[h5py.File]:
    """Open an HDF5 artifact to read.

    Raises
    ------
    BadInput
        The file is missing, or the system cannot read it now.
    Damaged
        It is cut short, or not HDF5, or a dataset fails its checksum; or part of it lies elsewhere.
    """
    try:
        file = h5py.File(path, "r")
    except FileNotFoundError:
        raise BadInput(f"{path}: the file is missing; expected an HDF5 artifact") from None
    except OSError as error:
        raise _refused(path, error) from error
    with file:
        try:
            if elsewhere := _elsewhere(file):
                raise Damaged(path, f"not a whole HDF5 artifact ({elsewhere})")
            yield file
        except (OSError, KeyError, RuntimeError) as error:
            if READING.search(str(error)):
                raise _refused(path, error) from error
            raise


def read_all(path: Path) -> None:
    """Read all datasets and attributes of an artifact, chunk by chunk, to verify checksums.

    Errors as in `reading`.
    """
    datasets: list[str] = []
    with reading(path) as file:
        file.visititems(
            lambda name, item: datasets.append(name) if isinstance(item, h5py.Dataset) else None
        )
        for dataset in map(file.__getitem__, datasets):
            if dataset.chunks is None:
                dataset[()]
            else:
                for part in dataset.iter_chunks():
                    dataset[part]
        dict(file.attrs)


def _elsewhere(file: h5py.File) -> str:
    """Name what an artifact does not hold itself: links, and data in other files or datasets."""
    links: dict[str, Any] = {}
    file.visititems_links(links.__setitem__)  # it follows none of them
    for name, link in links.items():
        if not isinstance(link, h5py.HardLink):
            return f"{name} is a link"
    for name in links:
        item = file[name]
        if isinstance(item, h5py.Dataset) and (item.external or item.is_virtual):
            return f"the data of {name} lie elsewhere"
    return ""


def _refused(path: Path, error: Exception) -> BadInput:
    if reason := unreadable(error):
        return BadInput(f"{path}: cannot be read: {reason}")
    return Damaged(path, f"not a whole HDF5 artifact ({error})")


def write_column(group: h5py.Group, name: str, values: Any) -> None:
    """Write an array with checksums; text becomes UTF-8, padded with NULs to one length.

    HDF5 stores text of variable length outside the dataset, where no checksum covers it.
    """
    array = np.asarray(values)
    if array.dtype.kind == "U":
        encoded = np.char.encode(array, "utf-8")
        array = encoded.astype(h5py.string_dtype("utf-8", max(encoded.dtype.itemsize, 1)))
    group.create_dataset(name, data=array, fletcher32=array.size > 0)


def read_text(group: h5py.Group, name: str) -> NDArray[np.str_]:
    """Read a column of text."""
    return np.array(group[name].asstr()[()], dtype=str)


class RowWriter:
    """Writes the rows of an array block by block, with checksums.

    Parameters
    ----------
    group : Group
    name : str
    rows : int
        How many there will be.
    """

    def __init__(self, group: h5py.Group, name: str, rows: int) -> None:
        self._group, self._name, self._rows = group, name, rows
        self._written = 0

    def append(self, block: NDArray[Any]) -> None:
        """Append (n, width) rows; all blocks have the width of the first."""
        if self._name not in self._group:
            self._group.create_dataset(
                self._name,
                shape=(self._rows, block.shape[1]),
                dtype=block.dtype,
                chunks=(min(self._rows, 16), block.shape[1]),
                fletcher32=True,
            )
        self._group[self._name][self._written : self._written + len(block)] = block
        self._written += len(block)


class ImageWriter:
    """Writes 8-bit RGB images of any sizes, one after the other, into one group.

    ``pixels`` holds their bytes (rows, columns, channels) end to end, ``offset`` the start of
    each, ``shape`` its height and width.
    """

    def __init__(self, group: h5py.Group) -> None:
        self._group = group
        self._pixels = group.create_dataset(
            "pixels", shape=(0,), maxshape=(None,), chunks=(1 << 16,), dtype="u1", fletcher32=True
        )
        self._offset = [0]
        self._shape: list[tuple[int, int]] = []

    def append(self, images: Iterable[NDArray[np.uint8]]) -> None:
        """Append (height, width, 3) uint8 images."""
        images = list(images)
        if not images:
            return
        flat = np.concatenate([image.reshape(-1) for image in images])
        start = self._offset[-1]
        self._pixels.resize((start + len(flat),))
        self._pixels[start:] = flat
        for image in images:
            self._offset.append(self._offset[-1] + image.size)
            self._shape.append((image.shape[0], image.shape[1]))

    def close(self) -> None:
        """Write the offset and the shape of each image."""
        write_column(self._group, "offset", np.array(self._offset, dtype=np.int64))
        write_column(self._group, "shape", np.array(self._shape, dtype=np.int32).reshape(-1, 2))


class ImageReader:
    """Reads images that `ImageWriter` wrote, one at a time."""

    def __init__(self, group: h5py.Group) -> None:
        self._pixels = group["pixels"]
        self._offset = group["offset"][()]
        self._shape = group["shape"][()]

    def __len__(self) -> int:
        return len(self._shape)

    def __getitem__(self, number: int) -> NDArray[np.uint8]:
        """Return image `number` as a (height, width, 3) uint8 array."""
        start, stop = self._offset[number], self._offset[number + 1]
        height, width = self._shape[number]
        flat: NDArray[np.uint8] = self._pixels[start:stop]
        return flat.reshape(height, width, 3)
