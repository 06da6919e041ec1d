"""Published weights by name: files to fetch, held to a full checksum."""

from pathlib import Path

from aip.download import weights as home


def is_published(weights: str) -> bool:
    """Tell whether weights are given by name; a file is known by its suffix."""
    return not Path(weights).suffix


def fetch_weights(arch: str, name: str) -> Path:
    """Return the file of published weights, after fetching it if it is not here.

    A file that is here is held to the checksum, too.

    Raises
    ------
    BadInput
        As for `aip.download.weights.asked` and `aip.download.weights.fetch`.
    """
    return home.fetch(home.asked(arch, name).name)
