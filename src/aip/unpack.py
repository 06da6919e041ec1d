"""Unpacking a tar archive that comes from outside."""

import gzip
import io
import posixpath
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import IO

from aip.errors import BadInput

# What the authors' release is far below, and a disk can bear.
MEMBERS = 1_000_000
BYTES = 256 * 2**30

GZIP = b"\x1f\x8b"
END = bytes(2 * tarfile.BLOCKSIZE)  # an archive that is whole ends with two blocks of zeros


def unpack(archive: Path, folder: Path, progress: Callable[[int], object]) -> None:
    """Unpack a .tar or .tar.gz in one pass over it.

    Every member is looked at before it is unpacked, and only files and folders below `folder` are.
    After an error, what came before is there: give a folder that the caller then discards.

    Parameters
    ----------
    archive, folder : Path
    progress : callable
        Called with the number of the archive's bytes read since its last call.

    Raises
    ------
    BadInput
        The archive cannot be read, is cut short, or has a member with an absolute path or one that
        leaves the folder, a link, a device or a pipe, a name that it had before, more than
        1,000,000 members, or more than 256 GiB in them.
    """
    seen: set[str] = set()
    size = at = 0
    try:
        with archive.open("rb") as file, _opened(file) as stream:
            tail = _Tail(stream)
            with tarfile.open(fileobj=tail, mode="r|", bufsize=2**18) as tar:
                for member in tar:
                    size += member.size
                    _check(archive, member, seen, size)
                    tar.extract(member, folder, filter="data")
                    at, before = file.tell(), at
                    progress(at - before)
            while tail.read(2**18):  # to the end, where gzip keeps its checksum
                pass
            if tail.last != END:
                raise BadInput(f"{archive}: cut short; a tar archive ends with blocks of zeros")
            progress(file.tell() - at)
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise BadInput(f"{archive}: cannot be unpacked: {error}") from error


def _opened(file: IO[bytes]) -> IO[bytes] | gzip.GzipFile:
    magic = file.read(len(GZIP))
    file.seek(0)
    return gzip.open(file) if magic == GZIP else file


class _Tail(io.BufferedIOBase):
    """A stream that remembers the last bytes that were read from it."""

    def __init__(self, stream: IO[bytes] | gzip.GzipFile) -> None:
        self._stream, self.last = stream, b""

    def read(self, size: int | None = -1, /) -> bytes:
        piece = self._stream.read(-1 if size is None else size)
        self.last = (self.last + piece)[-len(END) :]
        return piece


def _check(archive: Path, member: tarfile.TarInfo, seen: set[str], size: int) -> None:
    name = member.name
    found = None
    if name.startswith("/"):
        found = "has an absolute path"
    elif ".." in PurePosixPath(name).parts:
        found = "has a path that leaves its folder"
    elif member.issym():
        found = "is a symbolic link"
    elif member.islnk():
        found = "is a hard link"
    elif not (member.isfile() or member.isdir()):
        found = "is a device or a pipe"
    elif posixpath.normpath(name) in seen:
        found = "comes twice"
    elif len(seen) >= MEMBERS:
        found = f"is one more than the {MEMBERS:,} members that are unpacked at most"
    elif size > BYTES:
        found = f"goes beyond the {BYTES:,} bytes that are unpacked at most"
    if found:
        raise BadInput(f"{archive}: refused; its member {name!r} {found}")
    seen.add(posixpath.normpath(name))
