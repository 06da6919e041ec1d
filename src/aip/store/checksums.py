"""Checksums of artifacts, to find damaged ones.

HDF5 artifacts and nets contain checksums, which are verified when they are read. Any other
artifact has a hidden checksum file beside it, in the format of ``sha256sum``; its first line, a
comment, is the artifact's fingerprint.
"""

from collections.abc import Iterable
from pathlib import Path

from aip.errors import BadInput
from aip.store.digest import file_digest
from aip.store.files import unreadable, whole

# Suffixes of files that contain their own checksums.
CHECKED = (".h5", ".pt")
COMMENT = "# fingerprint: "


class Damaged(BadInput):
    """The content of a file is not what the program wrote.

    Parameters
    ----------
    path : Path
    reason : str
        What is wrong with it.

    Attributes
    ----------
    path : Path
    reason : str
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path, self.reason = path, reason


def write_checksums(path: Path, fingerprint: str) -> None:
    """Write the checksum file of an artifact; for a folder it lists all its files.

    Files that contain their own checksums need none.
    """
    if path.suffix not in CHECKED:
        with whole(checksums_file(path)) as beside:
            beside.write_text(f"{COMMENT}{fingerprint}\n{_checksums(path)}", encoding="utf-8")


def said_fingerprint(file: Path) -> str:
    """Return the fingerprint that a checksum file holds; empty if it holds none."""
    with file.open(encoding="utf-8", errors="replace") as lines:
        first = lines.readline().strip()
    return first.removeprefix(COMMENT) if first.startswith(COMMENT) else ""


def check(path: Path) -> None:
    """Verify an artifact against its checksum file, if there is one.

    Raises
    ------
    BadInput
        The system cannot read it now.
    Damaged
        It differs from its checksums.
    """
    expected = checksums_file(path)
    # A link leads to a file that studies share, which may differ from the file that was here.
    if path.is_symlink() or not path.exists() or not expected.exists():
        return
    try:
        known = expected.read_text(encoding="utf-8", errors="replace").splitlines()
        sums = {line for line in known if not line.startswith(COMMENT)}
        differing = sums ^ set(_checksums(path).splitlines())
    except OSError as error:
        if reason := unreadable(error):
            raise BadInput(f"{path}: cannot be read: {reason}") from error
        raise
    if differing:
        names = sorted({line.partition("  ")[2] for line in differing})
        raise Damaged(path, f"{names[0]} differs from its checksum in {expected.name} beside it")


def checksums_file(path: Path) -> Path:
    """Return the path of an artifact's checksum file: ``.<name>.sha256``."""
    return path.with_name(f".{path.name}.sha256")


def _checksums(path: Path) -> str:
    lines = (f"{file_digest(file)}  {file.relative_to(path.parent)}\n" for file in _files(path))
    return "".join(lines)


def _files(path: Path) -> Iterable[Path]:
    if not path.is_dir():
        return [path]
    return sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))
