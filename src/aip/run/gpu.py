"""Choose a GPU for a job: one that no other job of this user has."""

import fcntl
import logging
import os
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from aip.errors import BadInput

# A fixed folder, because runs with different TMPDIRs must see the same locks.
SHARED = Path("/tmp")

AGAIN = 0.5  # seconds between two tries to lock a GPU


def names() -> list[str]:
    """Return the UUIDs of the GPUs that CUDA_VISIBLE_DEVICES lets this process see, in its order.

    Their numbers would not do: two jobs may see one GPU under different numbers, or different GPUs
    under one number.
    """
    import torch

    count = torch.cuda.device_count()
    return [str(torch.cuda.get_device_properties(i).uuid) for i in range(count)]


def locks() -> Path:
    """Return this user's folder of lock files, which all runs on the machine share.

    Raises
    ------
    BadInput
        The folder belongs to another user, others can write to it, or it is a link or a file, which
        another user may have put there.
    """
    folder = SHARED / f"aip-gpus-{os.getuid()}"
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise BadInput(f"{folder}: found a link or a file, expected a folder of this user's")
    if found.st_uid != os.getuid():
        raise BadInput(f"{folder}: it belongs to another user; expected a folder of this one's")
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise BadInput(f"{folder}: others can write to it; expected that this user alone can")
    return folder


@contextmanager
def one_of(gpus: Sequence[str], folder: Path) -> Iterator[int]:
    """Take the first GPU that no other process has; wait while others have them all.

    A GPU is taken by locking a file with its name. The system releases the lock however the process
    ends.

    Parameters
    ----------
    gpus : sequence of str
        Names of the GPUs to choose from; at least one.
    folder : Path
        Where the lock files are.

    Yields
    ------
    int
        The position of the GPU that was taken.
    """
    with ExitStack() as held:
        files = [held.enter_context(_lock_file(folder / name)) for name in gpus]
        told = False
        while (index := next(filter(lambda i: _lock(files[i]), range(len(files))), None)) is None:
            if not told:
                logging.warning("other jobs have all of %d GPUs: waiting for one", len(files))
                told = True
            time.sleep(AGAIN)
        yield index


@contextmanager
def granted(snakemake: Any) -> Iterator[int | None]:
    """Give a job a GPU to itself, if the workflow grants it one.

    Parameters
    ----------
    snakemake : object
        What Snakemake gives a script. Its resource ``gpu`` says how many GPUs the workflow grants
        the job; of several it takes one.

    Yields
    ------
    int or None
        The GPU's number. None without a grant, so that no result depends on a GPU that merely
        happens to be there; and if no GPU is visible, which the log says.
    """
    if not snakemake.resources.get("gpu", 0):
        yield None
        return
    gpus = names()
    if not gpus:
        logging.warning("granted a GPU, but none can be seen: computing on the processor")
        yield None
        return
    with one_of(gpus, locks()) as index:
        yield index


def _lock_file(path: Path) -> IO[str]:
    """Open a lock file, and none that a link leads to."""
    try:
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600), "w")
    except OSError as error:
        raise BadInput(f"{path}: no lock can be taken there: {error.strerror}") from error


def _lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
