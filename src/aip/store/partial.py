"""Temporary names of files and folders being written, and removal of those left behind."""

import os
import re
import secrets
import shutil
import socket
import time
import zlib
from contextlib import suppress
from pathlib import Path

# A temporary name: the final name, the machine and process that write, and a random part.
PARTIAL = re.compile(r"\..*\.([0-9a-f]{8})-([0-9]{1,9})-[0-9a-f]{8}\.partial", re.DOTALL)
DAY = 86_400  # seconds


def sweep(folder: Path) -> None:
    """Delete what killed processes left of files and folders that they had not written whole.

    What may still be written stays: on this machine, what a process writes that has not ended; what
    one on another machine writes, until nothing was written to it for a day.
    """
    # Other jobs may rename or delete folders meanwhile, which os.walk, unlike rglob, bears.
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            if name.startswith(".") and name.endswith(".partial"):
                discard(Path(parent, name))


def beside_of(path: Path) -> Path:
    """Return a temporary path beside `path` that no other call returns."""
    who = f"{_machine()}-{os.getpid()}-{secrets.token_hex(4)}"
    return path.with_name(f".{path.name}.{who}.partial")


def _machine() -> str:
    """Name where a process number means what it means here: a container counts its own."""
    try:
        processes = str(Path("/proc/self/ns/pid").readlink())
    except OSError:  # no Linux
        processes = ""
    return f"{zlib.crc32(f'{socket.gethostname()} {processes}'.encode()):08x}"


def discard(path: Path) -> None:
    """Delete a temporary file or folder, unless a process may still be writing it."""
    with suppress(FileNotFoundError):
        if _may_be_written(path):
            return
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


def _may_be_written(path: Path) -> bool:
    named = PARTIAL.fullmatch(path.name)
    if not named:
        return False
    machine, process = named.groups()
    if machine != _machine():
        return time.time() - path.stat().st_mtime <= DAY
    # However long it writes nothing: a job may compute for days. Its number may be another
    # process's by now; then the file stays until that one has ended, too.
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
