"""Unpacking a tar archive from an untrusted source."""

import gzip
import io
import posixpath
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import IO, Self

from aip.errors import BadInput
from aip.store.files import check_plain

# Limits far above the authors' release that a disk can still hold.
MEMBERS = 200_000
BYTES = 256 * 2**30
# Photos and weights hardly compress; an archive of nothing but zeros does a thousandfold.
TIMES = 100
SMALL = 2**24  # bytes that are never too many

NAME, PART = 1000, 255  # characters of a member's name, and bytes of each part between slashes
EXTENDED = 2**16  # bytes of a header that extends another, such as with a long name
GLOBAL = 100  # settings for all members that follow
EXTENDING = (
    *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
    *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
)

GZIP = b"\x1f\x8b"
END = bytes(2 * tarfile.BLOCKSIZE)  # a whole archive ends with two blocks of zeros


def unpack(archive: Path, folder: Path, progress: Callable[[int], object]) -> None:
    """Unpack a .tar or .tar.gz in one pass over it.

    Every member is checked before it is unpacked, and only files and folders below `folder` are
    allowed. After an error, earlier members remain, so pass a folder that you then discard.

    Parameters
    ----------
    archive, folder : Path
    progress : callable
        Called with the number of the archive's bytes read since its last call.

    Raises
    ------
    BadInput
        The archive cannot be read, is cut short, or has a member with an absolute path or one that
        leaves the folder, a link, a device or a pipe, a sparse file, a name that it had before,
        that is too long or that cannot be printed, more than 200,000 members, or more than 256 GiB
        or 100 times its own size in them.
    """
    seen: set[str] = set()
    size = at = 0
    try:
        check_plain(archive, BYTES, "a tar archive")
        most = min(BYTES, TIMES * archive.stat().st_size + SMALL)
        with archive.open("rb") as file, _opened(file) as stream:
            tail = _Tail(stream, most + SMALL)
            with tarfile.open(fileobj=tail, mode="r|", bufsize=2**18, tarinfo=_Member) as tar:
                for member in tar:
                    size += member.size
                    _check(archive, member, seen, size, most)
                    if len(tar.pax_headers) > GLOBAL:
                        raise tarfile.ReadError(
                            f"found more than {GLOBAL} settings for all members"
                        )
                    tar.extract(member, folder, filter="data")
                    at, before = file.tell(), at
                    progress(at - before)
            end = tail.at
            while tail.read(2**18):  # to the end, where gzip keeps its checksum
                if tail.at - end > SMALL:
                    raise tarfile.ReadError(f"found more than {SMALL:,} bytes after its end")
            if tail.last != END:
                raise BadInput(f"{archive}: cut short; a tar archive ends with blocks of zeros")
            progress(file.tell() - at)
    except RecursionError:
        raise BadInput(f"{archive}: cannot be unpacked: found headers without end") from None
    # A header may hold any number, such as a time that is none.
    except (tarfile.TarError, OSError, EOFError, ValueError, OverflowError, zlib.error) as error:
        raise BadInput(f"{archive}: cannot be unpacked: {error}") from error


class _Member(tarfile.TarInfo):
    """A member's header, whose extensions tarfile would read into memory whatever their size."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        member = super().frombuf(buf, encoding, errors)
        if member.type in EXTENDING and not 0 <= member.size <= EXTENDED:
            raise tarfile.ReadError(
                f"found a header of {member.size:,} bytes, expected at most {EXTENDED:,}"
            )
        return member


def _opened(file: IO[bytes]) -> IO[bytes] | gzip.GzipFile:
    magic = file.read(len(GZIP))
    file.seek(0)
    return gzip.open(file) if magic == GZIP else file


class _Tail(io.BufferedIOBase):
    """A stream that counts the bytes read from it, up to a limit, and keeps the last ones."""

    def __init__(self, stream: IO[bytes] | gzip.GzipFile, most: int) -> None:
        self._stream, self._most, self.last, self.at = stream, most, b"", 0

    def read(self, size: int | None = -1, /) -> bytes:
        piece = self._stream.read(-1 if size is None else size)
        self.last = (self.last + piece)[-len(END) :]
        self.at += len(piece)
        if self.at > self._most:
            raise tarfile.ReadError(f"found more than {self._most:,} bytes in it")
        return piece


def _check(archive: Path, member: tarfile.TarInfo, seen: set[str], size: int, most: int) -> None:
    name = member.name
    parts = PurePosixPath(name).parts
    found = None
    if len(name) > NAME or any(len(part.encode(errors="replace")) > PART for part in parts):
        found = "has a name that is too long"
    elif not name.isprintable():
        found = "has a name with characters that cannot be printed"
    elif name.startswith("/"):
        found = "has an absolute path"
    elif ".." in parts:
        found = "has a path that leaves its folder"
    elif member.issym():
        found = "is a symbolic link"
    elif member.islnk():
        found = "is a hard link"
    elif not (member.isfile() or member.isdir()):
        found = "is a device or a pipe"
    elif member.issparse():
        found = "is a sparse file"
    elif posixpath.normpath(name) in seen:
        found = "comes twice"
    elif len(seen) >= MEMBERS:
        found = f"is one more than the {MEMBERS:,} members that are unpacked at most"
    elif size > most:
        found = f"goes beyond the {most:,} bytes that are unpacked at most"
    if found:
        raise BadInput(f"{archive}: refused; its member {name!r} {found}")
    seen.add(posixpath.normpath(name))
