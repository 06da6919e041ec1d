"""Writing files and folders completely or not at all."""

import errno
import fcntl
import filecmp
import glob
import logging
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from aip.errors import BadInput
from aip.store.partial import beside_of, discard

# Errors that say that nothing can be written there, whatever the content.
CANNOT_WRITE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM)
# Errors that say that a file cannot be read now, whatever its content.
CANNOT_READ = (
    *(errno.EMFILE, errno.ENFILE, errno.EACCES, errno.EPERM, errno.ENOMEM),
    *(errno.EIO, errno.ESTALE, errno.ENOLCK, errno.EAGAIN, errno.ETIMEDOUT, errno.ENOTCONN),
)


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`, and rename it to `path` if the block succeeds.

    A file under its final name is therefore always whole. A killed process leaves only the hidden
    temporary file, whose name is unique, so that two processes never write the same file.

    Raises
    ------
    BadInput
        The disk is full or cannot be written to.
    """
    beside = beside_of(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield beside
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException as error:
        reason = unwritable(error, path.parent)
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        if reason:
            raise BadInput(f"{path}: cannot be written: {reason}") from error
        raise


def unwritable(error: BaseException, folder: Path) -> str | None:
    """Say why a folder cannot be written to if this caused the error, else return None.

    HDF5 and torch report a full disk with errors of their own, so the disk itself is asked, too.
    """
    if isinstance(error, BadInput) or not isinstance(error, Exception):
        return None
    number = error.errno if isinstance(error, OSError) else None
    known = number in CANNOT_WRITE
    if number in CANNOT_WRITE and number != errno.ENOSPC:
        return os.strerror(number)
    try:
        disk = os.statvfs(folder)
    except OSError:
        return os.strerror(errno.ENOSPC) if known else None
    # A disk without inodes at all, as of some file systems, counts none.
    if disk.f_files and not disk.f_favail:
        return f"{os.strerror(errno.ENOSPC)}: its inodes (df -i) ran out"
    return None if disk.f_bavail and not known else os.strerror(errno.ENOSPC)


def unreadable(error: BaseException) -> str | None:
    """Say why the system cannot read a file if this caused the error, else return None.

    Such an error says nothing about the file's content.
    """
    if isinstance(error, OSError) and error.errno in CANNOT_READ:
        return os.strerror(error.errno)
    return None


def read_bounded(path: Path, most: int, what: str) -> bytes:
    """Read a file of at most `most` bytes that somebody brings; `what` it holds goes into errors.

    Raises
    ------
    BadInput
        It is missing or larger, it is a folder, a pipe or a device, or it cannot be read.
    """
    try:
        check_plain(path, most, what)
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise BadInput(f"{path}: {what} cannot be read: {reason}") from error


def check_plain(path: Path, most: int, what: str) -> None:
    """Check what somebody brings before it is opened: reading a pipe may never end.

    Raises
    ------
    BadInput
        It is larger than `most` bytes, or it is a folder, a pipe or a device.
    OSError
        It is missing, or cannot be looked at.
    """
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        kind = "a folder" if stat.S_ISDIR(found.st_mode) else "no plain file"
        raise BadInput(f"{path}: found {kind}, expected {what}")
    if found.st_size > most:
        raise BadInput(f"{path}: {what} has {found.st_size:,} bytes, expected at most {most:,}")


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a lock file in a folder; other processes that work in the folder wait for it."""
    lock = folder / ".lock"
    while True:
        with lock.open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                logging.warning("%s: waiting for another run to finish here", folder)
                fcntl.flock(file, fcntl.LOCK_EX)
            if os.fstat(file.fileno()).st_nlink == 0:
                continue  # its holder has removed it, and another may hold a new one
            try:
                yield
            finally:
                lock.unlink()
            return


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Yield an empty temporary folder, and rename it to `path` if the block succeeds.

    Two processes never fill the same folder. If `path` already holds the same files, made by
    another process, it stays untouched, because someone may be reading it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(f".{glob.escape(path.name)}.*partial"):
        discard(left)
    beside = beside_of(path)
    beside.mkdir()
    try:
        yield beside
        _flush(beside)
        while not (path.is_dir() and _same(beside, path)):
            _put_away(path)
            try:
                beside.rename(path)
                return
            except OSError as error:  # another process has just put its folder there
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _flush(folder: Path) -> None:
    """Have the disk hold a folder and all that is in it, before it gets its name."""
    for path in (*folder.rglob("*"), folder):
        if path.is_file() or path.is_dir():
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def _put_away(path: Path) -> None:
    """Remove a folder, renaming it first, so that nobody finds part of it under its name."""
    aside = beside_of(path)
    with suppress(FileNotFoundError):
        path.rename(aside)
        shutil.rmtree(aside)


def _same(one: Path, other: Path) -> bool:
    """Tell whether two folders hold the same files, except hidden ones as Snakemake's timestamp."""
    names = _names(one)
    _, differing, unread = filecmp.cmpfiles(one, other, names, shallow=False)
    return names == _names(other) and not differing and not unread


def _names(folder: Path) -> set[Path]:
    return {
        path.relative_to(folder)
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }
