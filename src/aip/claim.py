"""What a killed run or a bad disk left of Snakemake's own files: locks, and damaged records.

Snakemake's locks are files that name no process. A run that holds them holds ``flock`` on them,
too, which the system lets go when its process ends, however it ends.
"""

import fcntl
import json
import socket
from pathlib import Path
from typing import TextIO


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
        files = [path.open() for path in self._locks.glob("*.lock")]
        self._held = [file for file in files if _try(file, fcntl.LOCK_EX)]
        _try(self._starting, fcntl.LOCK_UN)
        return len(self._held) == len(files)

    def _clear(self) -> None:
        """Remove the locks that nobody holds, if it was on this machine that they were made.

        Some file systems keep ``flock`` on each machine alone.
        """
        here = socket.gethostname()
        self._starting.seek(0)
        known = self._starting.read()
        for path in self._locks.glob("*.lock"):
            with path.open() as file:
                if known != here or not _try(file, fcntl.LOCK_EX):
                    return
                path.unlink()
        self._starting.truncate(0)
        self._starting.write(here)
        self._starting.flush()
        doubt_unreadable(self._folder)


def doubt_unreadable(folder: Path) -> None:
    """Have made anew what Snakemake's record of is damaged, for nobody knows what it follows from.

    Snakemake itself ends at some such records, and takes what others were of to be up to date.
    """
    from snakemake.persistence import MetadataRecord

    records = folder / "metadata"
    for path in records.rglob("*"):
        if path.is_dir():
            continue
        try:
            MetadataRecord.model_validate(json.loads(path.read_bytes()))
        except ValueError:
            mark = folder / "incomplete" / path.relative_to(records)
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.write_text('{"external_jobid": null}', encoding="utf-8")
            path.unlink()


def _try(file: TextIO, kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
