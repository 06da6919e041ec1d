"""Which GPU a job has: one that no other job of this user has."""

import fcntl
import logging
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from aip.errors import BadInput

# All runs must look in one place, whatever their TMPDIR.
SHARED = Path("/tmp")

AGAIN = 0.5  # seconds between two looks for one that has become free


def names() -> list[str]:
    """Return the UUIDs of the GPUs that CUDA_VISIBLE_DEVICES lets this process see, in its order.

    Two jobs may see the same GPU under different numbers, or another under the same.
    """
    import torch

    count = torch.cuda.device_count()
    return [str(torch.cuda.get_device_properties(i).uuid) for i in range(count)]


def locks() -> Path:
    """Return this user's folder of lock files, which all runs on the machine share.

    Raises
    ------
    BadInput
        Somebody else has made it.
    """
    folder = SHARED / f"aip-gpus-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise BadInput(f"{folder}: it belongs to another user; expected a folder of this one's")
    return folder


@contextmanager
def one_of(gpus: Sequence[str], folder: Path) -> Iterator[int]:
    """Take the first GPU that no other process has; wait while others have them all.

    A GPU is taken by a lock on a file of its name, which the system gives back however the process
    ends.

    Parameters
    ----------
    gpus : sequence of str
        Their names, of which to choose; at least one.
    folder : Path
        Where the lock files are.

    Yields
    ------
    int
        The position of the one that was taken.
    """
    with ExitStack() as held:
        files = [held.enter_context((folder / name).open("w")) for name in gpus]
        told = False
        while (index := next(filter(lambda i: _lock(files[i]), range(len(files))), None)) is None:
            if not told:
                logging.warning("other jobs have all of %d GPUs: waiting for one", len(files))
                told = True
            time.sleep(AGAIN)
        yield index


def _lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
