"""Published weights by name: files to download, held to a full checksum."""

import logging
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from aip.errors import BadInput
from aip.store.checkout import remote

# Shared by all studies, as every download.
FOLDER = Path("results", "downloads", "weights")


def is_published(weights: str) -> bool:
    """Tell whether weights are given by name; a file is known by its suffix."""
    return not Path(weights).suffix


def names(arch: str) -> list[str]:
    """Return the names of the published weights that a net may start from."""
    return list(remote("weights").get(arch, {}))


def checksum(arch: str, name: str) -> str:
    """Return the sha256 of published weights.

    Raises
    ------
    BadInput
        ``resources/downloads.yaml`` knows no weights of this name for this net.
    """
    return _known(arch, name)["sha256"]


def fetch_weights(arch: str, name: str) -> Path:
    """Return the file of published weights, after downloading it if it is not here.

    A file that is here is held to the checksum, too.

    Raises
    ------
    BadInput
        As for `checksum` and `aip.download.file.fetch`.
    """
    from aip.download.file import fetch  # a plan asks for checksums alone

    known = _known(arch, name)
    path = FOLDER / PurePosixPath(urlsplit(known["url"]).path).name
    logging.info("getting %s, the weights %s of %s", path, name, arch)
    fetch(known["url"], path, known["sha256"])
    return path


def _known(arch: str, name: str) -> dict[str, str]:
    weights: dict[str, dict[str, str]] = remote("weights").get(arch, {})
    if name not in weights:
        named = f"one of {', '.join(weights)}, " if weights else ""
        raise BadInput(
            f"unknown weights {name!r} of {arch}; expected {named}a file or null (names are those "
            "whose full checksum is in resources/downloads.yaml)"
        )
    return weights[name]
