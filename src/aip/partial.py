"""What is being written, under a hidden name of its own beside what it is to become."""

import os
import re
import secrets
import shutil
import socket
import time
import zlib
from contextlib import suppress
from pathlib import Path

# What is being written: its name, the machine and the process that write it, and a random part.
PARTIAL = re.compile(r"\..*\.([0-9a-f]{8})-([0-9]{1,9})-[0-9a-f]{8}\.partial", re.DOTALL)
DAY = 86_400  # seconds


def sweep(folder: Path) -> None:
    """Delete what killed processes left of files and folders that they had not written whole.

    What may still be written stays: what was written to within a day, unless it is by a process of
    this machine that has ended.
    """
    for path in list(folder.rglob(".*.partial")):
        discard(path)


def beside_of(path: Path) -> Path:
    """Name what is to become `path`, for this process alone."""
    who = f"{_machine()}-{os.getpid()}-{secrets.token_hex(4)}"
    return path.with_name(f".{path.name}.{who}.partial")


def _machine() -> str:
    return f"{zlib.crc32(socket.gethostname().encode()):08x}"


def discard(path: Path) -> None:
    """Delete one of these, unless it may still be written."""
    with suppress(FileNotFoundError):
        if _may_be_written(path):
            return
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


def _may_be_written(path: Path) -> bool:
    named = PARTIAL.fullmatch(path.name)
    if not named or time.time() - path.stat().st_mtime > DAY:
        return False
    machine, process = named.groups()
    if machine != _machine():
        return True
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
