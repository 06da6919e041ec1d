"""Fingerprints: a digest of all that an artifact follows from, known before it is made.

An artifact's fingerprint covers its definition, the source files that make it, and the
fingerprints of what it is made from. It changes exactly when the artifact must be made again.
"""

import ast
import hashlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from aip.files import whole

PACKAGE = Path(__file__).parent

# Modules that only look up a page by its name. What they find is fingerprinted by name, with the
# strategy that asks for it; so a new page there leaves every other strategy as it was.
LOOKUPS = ("aip.album", "aip.perturb", "aip.process", "aip.recognise.nets")

# Modules that only bring files from elsewhere. What they bring is held to checksums, or is what it
# is; how politely it was asked for changes nothing that follows.
CARRIERS = (
    "aip.album.flickr",
    "aip.album.flickr_sizes",
    "aip.album.gone",
    "aip.download",
    "aip.unpack",
    "aip.web",
)


def digest(*parts: Any) -> str:
    """Return a short digest of JSON-like values.

    Examples
    --------
    >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    True
    """
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def source(script: Path, *modules: str) -> str:
    """Digest a script, modules of the package, and all of the package that they import.

    Parameters
    ----------
    script : Path
        A script of the workflow.
    *modules : str
        Names of further modules that it looks up at run time, such as ``aip.process.blur``.
    """
    files = {script}
    queue = [*_imports(script), *modules]
    while queue:
        name = queue.pop()
        file = module_file(name)
        if file in files or name in CARRIERS or (name in LOOKUPS and name not in modules):
            continue
        files.add(file)
        queue += _imports(file)
    return digest(sorted((file.name, file_digest(file)) for file in files))


def file_digest(path: Path) -> str:
    """Return the digest of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def module_file(name: str) -> Path:
    """Return the file of a module of the package."""
    path = PACKAGE.joinpath(*name.split(".")[1:])
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@cache
def _imports(path: Path) -> tuple[str, ...]:
    return tuple(_imported(ast.parse(path.read_text(encoding="utf-8"))))


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        yield from (n for n in names if n.startswith("aip.") and module_file(n).is_file())


def files_digest(paths: list[Path], cache: Path) -> str:
    """Digest the contents of many files, reading only those that changed since the last time.

    Parameters
    ----------
    paths : list of Path
    cache : Path
        A JSON file that remembers each file's size, modification time and digest. A file whose
        size and time are as remembered is not read again; one that was merely touched is read,
        and found to be the same.
    """
    try:
        found = json.loads(cache.read_text(encoding="utf-8"))
        known = {path: [size, time, content] for path, (size, time, content) in found.items()}
    except (FileNotFoundError, ValueError, TypeError, AttributeError):  # missing, or damaged
        known = {}
    seen = {}
    for path in paths:
        stat = path.stat()
        size, time, content = known.get(str(path), (None, None, None))
        if (size, time) != (stat.st_size, stat.st_mtime_ns):
            content = file_digest(path)
        seen[str(path)] = [stat.st_size, stat.st_mtime_ns, content]
    if seen != known:
        with whole(cache) as beside:
            beside.write_text(json.dumps(seen), encoding="utf-8")
    return digest([(path, content) for path, (_, _, content) in seen.items()])
