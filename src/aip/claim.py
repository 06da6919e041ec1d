"""What a killed run left of Snakemake's locks.

Snakemake's locks are files that name no process. A run that holds them holds ``flock`` on them,
too, which the system lets go when its process ends, however it ends. Some file systems keep
``flock`` on each machine alone, so that a last line in each lock says on which it was made.
"""

import fcntl
import socket
from pathlib import Path
from typing import TextIO

from aip.records import doubt_unreadable

MADE_ON = "# made on: "


class Claim:
    """A run's claim to its folder; whoever starts asks for one, and keeps it.

    Until its locks are held, other runs that start leave all locks as they are.

    Parameters
    ----------
    folder : Path
        Snakemake's, ``.snakemake``.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._locks = folder, folder / "locks"
        self._held: list[TextIO] = []
        own = folder / "aip"
        own.mkdir(parents=True, exist_ok=True)
        self._starting = (own / "starting").open("a+")
        try:
            fcntl.flock(self._starting, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._clear()
        except OSError:  # another one is starting, or this file system keeps no locks
            return
        finally:
            _try(self._starting, fcntl.LOCK_SH)

    def hold(self) -> bool:
        """Hold the locks that Snakemake has written; return whether no other run holds any."""
        paths = list(self._locks.glob("*.lock"))
        for path in paths:
            if lock := _hold(path, elsewhere=False):
                self._held.append(lock)
        _try(self._starting, fcntl.LOCK_UN)
        return len(self._held) == len(paths)

    def _clear(self) -> None:
        """Remove the locks that nobody holds, if it was on this machine that they were made.

        Those that do not say where are of the machine on which a run last started.
        """
        here = socket.gethostname()
        self._starting.seek(0)
        elsewhere = self._starting.read() != here
        for path in self._locks.glob("*.lock"):
            if lock := _hold(path, elsewhere=elsewhere):
                with lock:
                    path.unlink()
        left = list(self._locks.glob("*.lock"))
        if all(_maker(path.read_text(errors="replace")) for path in left):
            self._starting.truncate(0)
            self._starting.write(here)
            self._starting.flush()
        if not left:
            doubt_unreadable(self._folder)


def _maker(lock: str) -> str:
    """Return the machine on which a lock was made; nothing if it does not say."""
    *_, last = lock.splitlines() or [""]
    return last.removeprefix(MADE_ON) if last.startswith(MADE_ON) else ""


def _hold(path: Path, *, elsewhere: bool) -> TextIO | None:
    """Hold a lock that was made on this machine, and have it say so.

    Nothing is returned if another run holds it or has removed it, if it was made elsewhere, or if
    one that does not say where was.
    """
    here = socket.gethostname()
    try:
        lock = path.open("r+", errors="replace")  # NFS has no claim to what is open to read alone
    except OSError:
        return None
    maker = _maker(lock.read())
    if (maker == here or not (maker or elsewhere)) and _try(lock, fcntl.LOCK_EX):
        lock.write("" if maker else f"{MADE_ON}{here}\n")
        lock.flush()
        return lock
    lock.close()
    return None


def _try(file: TextIO, kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
