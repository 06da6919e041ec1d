"""The HDF5 artifacts: whole files, ragged images, provenance."""

import json
import re
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from io import FileIO
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from aip import __version__
from aip.damage import Damaged
from aip.errors import BadInput
from aip.files import unreadable, whole

PACKAGES = (
    "h5py",
    "nashpy",
    "numpy",
    "pillow",
    "scikit-image",
    "scikit-learn",
    "scipy",
    "timm",
    "torch",
    "torchvision",
)


# The oldest layout in which all that describes a dataset carries checksums, too: in older ones HDF5
# can read a flipped bit as another shape or type, or search for ever.
LAYOUT = ("v110", "v110")
# How h5py says that HDF5 could not read.
READING = re.compile("synchronously (read|open)|visitation failed|iterating over")


@dataclass(frozen=True)
class Provenance:
    """Where an artifact comes from; written as attributes of its file.

    Attributes
    ----------
    definition : mapping
        What the config says of it, resolved.
    fingerprint : str
        Digest of the definition, the code and all that it was made from.
    seed : int
        The study's seed.
    started : float
        When the work began, in seconds of the monotonic clock.
    """

    definition: dict[str, Any]
    fingerprint: str
    seed: int
    started: float = field(default_factory=time.monotonic)

    def attributes(self) -> dict[str, Any]:
        """Return the attributes: text, numbers, and JSON where there is structure."""
        return {
            "definition": json.dumps(self.definition, sort_keys=True),
            "fingerprint": self.fingerprint,
            "seed": self.seed,
            "versions": json.dumps(versions()),
            "git_commit": git_commit(),
            "seconds": time.monotonic() - self.started,
        }


@cache
def versions() -> dict[str, str]:
    """Return the versions of the program and of the packages that it computes with.

    An environment for the program's jobs need not have it installed.
    """
    return {"aip-games": __version__, **{name: version(name) for name in PACKAGES}}


def git_commit() -> str:
    """Return the commit of the program's own checkout, with ``+`` if it was changed since.

    Empty where the program does not run from a git checkout, or there is no git.
    """
    here = Path(__file__).parent
    try:
        described = subprocess.run(
            ["git", "-C", here, "describe", "--always", "--abbrev=40", "--dirty=+", "--exclude=*"],
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return ""
    return described.stdout.strip()


@contextmanager
def writing(path: Path, provenance: Provenance) -> Iterator[h5py.File]:
    """Open a new HDF5 file; under its name it appears only when it is whole.

    Raises
    ------
    BadInput
        The disk is full or not to be written to.
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
    """A file that HDF5 writes to; a write that fails is kept from it, which would crash of it.

    Attributes
    ----------
    failed : OSError or None
        The first failure.
    """

    failed: OSError | None = None

    def write(self, content: Any) -> int:
        """Write all, at where the file stands; after a failure, nothing."""
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
        It is cut short, or not HDF5, or a dataset fails its checksum.
    """
    try:
        file = h5py.File(path, "r")
    except FileNotFoundError:
        raise BadInput(f"{path}: the file is missing; expected an HDF5 artifact") from None
    except OSError as error:
        raise _refused(path, error) from error
    with file:
        try:
            yield file
        except (OSError, KeyError, RuntimeError) as error:
            if READING.search(str(error)):
                raise _refused(path, error) from error
            raise


def read_all(path: Path) -> None:
    """Read every dataset and attribute of an artifact, a part at a time, for their checksums.

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


def write_json(path: Path, provenance: Provenance, **facts: Any) -> None:
    """Write facts about an artifact as JSON, with its fingerprint."""
    with whole(path) as beside:
        text = json.dumps({**facts, "fingerprint": provenance.fingerprint}, indent=2)
        beside.write_text(text + "\n", encoding="utf-8")


def _refused(path: Path, error: Exception) -> BadInput:
    if reason := unreadable(error):
        return BadInput(f"{path}: cannot be read: {reason}")
    return Damaged(path, f"not a whole HDF5 artifact ({error})")


def write_column(group: h5py.Group, name: str, values: Any) -> None:
    """Write an array, checksummed; text becomes UTF-8, padded with NULs to one length.

    HDF5 keeps text of variable length apart from the dataset, where nothing checks it.
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
    """Writes the rows of an array, one block after the other, checksummed.

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
        """Append (n, width) rows, as many as there are columns in the first."""
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

    ``pixels`` holds their bytes (rows, columns, channels) end to end, ``offset`` where each
    begins, ``shape`` its height and width.
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
        """Write where each image lies."""
        write_column(self._group, "offset", np.array(self._offset, dtype=np.int64))
        write_column(self._group, "shape", np.array(self._shape, dtype=np.int32).reshape(-1, 2))


class ImageReader:
    """Reads images that `ImageWriter` wrote, each when it is asked for."""

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
