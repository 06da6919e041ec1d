"""Digests of values and of files."""

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from aip.store.files import whole


def digest(*parts: Any) -> str:
    """Return a short digest of JSON-like values.

    Examples
    --------
    >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    True
    """
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def file_digest(path: Path) -> str:
    """Return the digest of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_state(path: Path) -> list[int]:
    """Return what changes whenever a file's content does: its size, its times and its inode.

    Programs set the time of modification as they like, but not that of the inode's last change.
    """
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]


def files_digest(paths: list[Path], cache: Path) -> str:
    """Digest the contents of many files, reading only those that changed since the last time.

    Parameters
    ----------
    paths : list of Path
    cache : Path
        As for `remembered`. A file that was merely touched is read, and has the same digest.
    """
    return digest(list(remembered(paths, file_digest, cache).items()))


def remembered(paths: Iterable[Path], look: Callable[[Path], str], cache: Path) -> dict[str, str]:
    """Look at files, except at those that have not changed since the last time.

    Parameters
    ----------
    paths : iterable of Path
        Each is there.
    look : callable
        Returns what the content of a file says.
    cache : Path
        A JSON file with what was found, and with each file's `file_state`. It may be deleted at any
        time.

    Returns
    -------
    dict
        What was found, by the text of the path, in the order of `paths`.
    """
    try:
        known = {
            str(path): (list(map(int, state)), str(found))
            for path, (state, found) in json.loads(cache.read_text(encoding="utf-8")).items()
        }
    except (FileNotFoundError, ValueError, TypeError, AttributeError):  # missing, or damaged
        known = {}
    seen: dict[str, tuple[list[int], str]] = {}
    for path in paths:
        state = file_state(path)
        before, found = known.get(str(path), ([], ""))
        seen[str(path)] = (state, found if before == state else look(path))
    if seen != known:
        with whole(cache) as beside:
            beside.write_text(json.dumps(seen), encoding="utf-8")
    return {path: found for path, (_, found) in seen.items()}
