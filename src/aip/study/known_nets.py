"""Which nets were found to be right, so that planning need not load PyTorch each time."""

import json
from collections.abc import Iterable
from contextlib import suppress
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from aip.recognise import nets
from aip.store.digest import digest, file_digest
from aip.store.files import whole
from aip.study.definitions import Definition

LIBRARIES = ("torch", "torchvision", "timm")
OPTIONAL = "frbench"


def check_nets(recognisers: Iterable[tuple[str, Definition]], cache: Path) -> None:
    """Refuse a net, weights or a layer that there is not, and an input that a net cannot take.

    Where a library of nets is not installed, because jobs run in an environment of their own, they
    say so.

    Parameters
    ----------
    recognisers : iterable of (str, dict)
        Names and definitions.
    cache : Path
        A JSON file that remembers what was right; it may be deleted at any time.

    Raises
    ------
    BadInput
        A name is unknown, or a net computes nothing of its input.
    """
    try:
        versions = [version(library) for library in LIBRARIES]
    except PackageNotFoundError:
        return
    with suppress(PackageNotFoundError):
        versions.append(version(OPTIONAL))
    known = _remembered(cache)
    before = len(known)
    for name, entry in recognisers:
        asked = entry["arch"], entry["weights"], entry["feature_layer"], entry["input_size"]
        key = digest(*asked, *versions, *content(entry["arch"]))
        if key not in known:
            from aip.recognise.nets.names import check_net

            check_net(*asked, f"config: recognisers.{name}")
            known.add(key)
    if len(known) > before:
        with whole(cache) as beside:
            beside.write_text(json.dumps(sorted(known)), encoding="utf-8")


def content(arch: str) -> list[str]:
    """Digest the files that make a net that a user brings; nothing for other nets.

    Of one's own code these are the Python files of its package, and neither what they import from
    other packages nor what else they read.
    """
    if nets.brought(arch) is None:
        return []
    sources: list[Path] = import_module(nets.module(arch)).sources(arch)
    return [file_digest(path) for path in sources]


def _remembered(cache: Path) -> set[str]:
    try:
        return set(map(str, json.loads(cache.read_text(encoding="utf-8"))))
    except (OSError, ValueError, TypeError):  # missing, or damaged
        return set()
