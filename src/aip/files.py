"""Files that are whole or not there."""

import errno
import fcntl
import filecmp
import glob
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from aip.errors import BadInput
from aip.partial import beside_of, discard

# Why nothing can be written where it is meant to be, whatever it is.
CANNOT_WRITE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM)
# Why a file cannot be read, whatever it holds.
CANNOT_READ = (
    *(errno.EMFILE, errno.ENFILE, errno.EACCES, errno.EPERM, errno.ENOMEM),
    *(errno.EIO, errno.ESTALE, errno.ENOLCK, errno.EAGAIN, errno.ETIMEDOUT, errno.ENOTCONN),
)


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give a path beside `path` to write to; when the block ends well, rename it to `path`.

    A file under its final name is therefore always whole: what a killed process leaves behind is
    the hidden file beside it, which has a name of its own, so that two processes never write one.

    Raises
    ------
    BadInput
        The disk is full or not to be written to.
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
    """Say why nothing can be written to a folder, if that is why something failed.

    Of a full disk, HDF5 and torch speak in words of their own, so that the disk is looked at.
    """
    if isinstance(error, BadInput) or not isinstance(error, Exception):
        return None
    if isinstance(error, OSError) and error.errno in CANNOT_WRITE:
        return os.strerror(error.errno)
    try:
        disk = os.statvfs(folder)
    except OSError:
        return None
    return None if disk.f_bavail else os.strerror(errno.ENOSPC)


def unreadable(error: BaseException) -> str | None:
    """Say why the system cannot read a file, if that is why something failed.

    It says nothing of what the file holds.
    """
    if isinstance(error, OSError) and error.errno in CANNOT_READ:
        return os.strerror(error.errno)
    return None


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other processes waiting that would work in a folder, too, by a lock file in it."""
    lock = folder / ".lock"
    while True:
        with lock.open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                logging.warning("%s: waiting for another run to be done here", folder)
                fcntl.flock(file, fcntl.LOCK_EX)
            if os.fstat(file.fileno()).st_nlink == 0:
                continue  # whoever held it has removed it, and another may hold a new one
            try:
                yield
            finally:
                lock.unlink()
            return


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Give an empty folder beside `path` to fill; when the block ends well, it takes its place.

    Two processes never fill one folder. Where the same is there already, as another process has
    made it, that stays untouched, for somebody may be reading it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(f".{glob.escape(path.name)}.*partial"):
        discard(left)
    beside = beside_of(path)
    beside.mkdir()
    try:
        yield beside
        while not (path.is_dir() and _same(beside, path)):
            _put_away(path)
            try:
                beside.rename(path)
                return
            except OSError as error:  # another process has just put its own there
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _put_away(path: Path) -> None:
    """Remove a folder; under its name it is never there in part."""
    aside = beside_of(path)
    with suppress(FileNotFoundError):
        path.rename(aside)
        shutil.rmtree(aside)


def _same(one: Path, other: Path) -> bool:
    """Whether two folders hold the same files, but for hidden ones, as Snakemake's timestamp."""
    names = _names(one)
    _, differing, unread = filecmp.cmpfiles(one, other, names, shallow=False)
    return names == _names(other) and not differing and not unread


def _names(folder: Path) -> set[Path]:
    return {
        path.relative_to(folder)
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }
