"""The first bytes of files, which say of what kind they are."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from aip.store.digest import file_state
from aip.store.files import whole

LENGTH = 64  # bytes


def beginnings(paths: Iterable[Path], cache: Path | None) -> dict[Path, bytes | OSError]:
    """Return the first 64 bytes of files, or the error of those that cannot be read.

    Parameters
    ----------
    paths : iterable of Path
    cache : Path or None
        A JSON file that remembers them; only files that changed since are read. None reads all.
    """
    known = {} if cache is None else _remembered(cache)
    found: dict[Path, bytes | OSError] = {}
    seen: dict[str, tuple[list[int], bytes]] = {}
    for path in paths:
        try:
            state = file_state(path)
            before, content = known.get(str(path), ([], b""))
            if before != state:
                content = _beginning(path)
        except OSError as error:
            found[path] = error
            continue
        found[path] = content
        seen[str(path)] = state, content
    if cache is not None and seen != known:
        with whole(cache) as beside:
            text = json.dumps({path: [s, content.hex()] for path, (s, content) in seen.items()})
            beside.write_text(text, encoding="utf-8")
    return found


def _beginning(path: Path) -> bytes:
    # A pipe that took the file's place since it was listed must not block.
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:  # noqa: PTH123
        return file.read(LENGTH)


def _remembered(cache: Path) -> dict[str, tuple[list[int], bytes]]:
    try:
        found = json.loads(cache.read_text(encoding="utf-8"))
        return {path: (list(state), bytes.fromhex(text)) for path, (state, text) in found.items()}
    except (OSError, ValueError, TypeError, AttributeError):  # missing, or damaged
        return {}
