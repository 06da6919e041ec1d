"""Reading whole artifacts for nothing but their checksums."""

from collections.abc import Iterator
from pathlib import Path

from aip.artifacts import read_all
from aip.damage import Damaged, check
from aip.recognise.nets.state import read_state


def artifacts(folder: Path) -> Iterator[Path]:
    """Find the artifacts of a study that carry checksums or have them beside them."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".h5", ".pt") and not path.name.startswith("."):
            yield path
        elif path.name.startswith(".") and path.suffix == ".sha256":
            artifact = path.with_name(path.stem.removeprefix("."))
            if artifact.exists():
                yield artifact


def read_whole(path: Path) -> None:
    """Read an artifact whole.

    Raises
    ------
    Damaged
        It is not what was written.
    """
    if path.suffix == ".h5":
        read_all(path)
    elif path.suffix == ".pt":
        try:
            read_state(path)
        except Damaged as error:
            raise Damaged(path, error.reason) from error
    else:
        check(path)
