"""Verifying artifacts against their checksums."""

from collections.abc import Iterator
from pathlib import Path

from aip.store.checksums import check
from aip.store.hdf5 import read_all
from aip.store.state import read_state


def find_artifacts(folder: Path) -> Iterator[Path]:
    """Find the artifacts of a study that contain checksums or have a checksum file."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".h5", ".pt") and not path.name.startswith("."):
            yield path
        elif path.name.startswith(".") and path.suffix == ".sha256":
            artifact = path.with_name(path.stem.removeprefix("."))
            if artifact.exists():
                yield artifact


def verify(path: Path) -> None:
    """Read an artifact from end to end, and verify its checksums.

    Raises
    ------
    Damaged
        Its content is not what the program wrote.
    """
    if path.suffix == ".h5":
        read_all(path)
    elif path.suffix == ".pt":
        read_state(path)
    else:
        check(path)
