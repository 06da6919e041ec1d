"""Damaged artifacts: found by checksums, named with the command that rebuilds them, made anew.

HDF5 artifacts and nets carry checksums in themselves, which whoever reads them holds them to.
Beside any other artifact lies a hidden file of the kind that ``sha256sum`` writes.
"""

from collections.abc import Iterable
from pathlib import Path

from aip.errors import BadInput
from aip.files import unreadable, whole
from aip.fingerprint import file_digest
from aip.rebuild import rebuild
from aip.records import mark_incomplete

# What is checked by whoever reads it.
CHECKED = (".h5", ".pt")


class Damaged(BadInput):
    """A file is not what was once written to it.

    Parameters
    ----------
    path : Path
    reason : str
        How that is seen.
    artifact : bool
        Whether it is certain that the workflow can rebuild it; a user's own weights it cannot.

    Attributes
    ----------
    path : Path
    reason : str
    """

    def __init__(self, path: Path, reason: str, artifact: bool = True) -> None:
        command = f"; rebuild it with: {rebuild(path)}" if artifact else ""
        super().__init__(f"{path}: {reason}{command}")
        self.path, self.reason = path, reason


def condemn(error: Damaged) -> str:
    """Have the next run make a damaged artifact anew, and return the sentence.

    It stays where it is, since Snakemake ends a whole run where what a job reads is gone. Where a
    link stands for an artifact that studies share, the shared one gets another name, so that no
    other study takes it.
    """
    path = error.path
    try:
        mark_incomplete(str(path))
        if path.is_symlink():
            _withdraw(path)
    except OSError as failed:
        return (
            f"{path}: {error.reason}; that cannot be noted for the next run "
            f"({failed.strerror}); rebuild it with: {rebuild(path)}"
        )
    return (
        f"{path}: {error.reason}; the next run makes it anew; "
        f"rebuild it alone with: {rebuild(path)}"
    )


def _withdraw(link: Path) -> None:
    real = link.resolve()
    withdrawn = real.with_name(f"{real.name.removesuffix('.damaged')}.damaged")
    if real != withdrawn:
        real.rename(withdrawn)
        link.unlink()
        link.symlink_to(withdrawn)


def write_checksums(path: Path) -> None:
    """Write the checksum of an artifact beside it, of a folder those of its files.

    One that is checked by whoever reads it needs none.
    """
    if path.suffix not in CHECKED:
        with whole(checksums_file(path)) as beside:
            beside.write_text(_checksums(path), encoding="utf-8")


def check(path: Path) -> None:
    """Hold an artifact to the checksums beside it, if there are any.

    Raises
    ------
    BadInput
        The system cannot read it now.
    Damaged
        It differs.
    """
    expected = checksums_file(path)
    # What a link stands for may be another study's work, and not what lay here before.
    if path.is_symlink() or not path.exists() or not expected.exists():
        return
    try:
        known = set(expected.read_text(encoding="utf-8", errors="replace").splitlines())
        differing = known ^ set(_checksums(path).splitlines())
    except OSError as error:
        if reason := unreadable(error):
            raise BadInput(f"{path}: cannot be read: {reason}") from error
        raise
    if differing:
        names = sorted({line.partition("  ")[2] for line in differing})
        raise Damaged(path, f"{names[0]} differs from its checksum in {expected.name} beside it")


def checksums_file(path: Path) -> Path:
    """Return where the checksums of an artifact lie: ``.<name>.sha256``."""
    return path.with_name(f".{path.name}.sha256")


def _checksums(path: Path) -> str:
    lines = (f"{file_digest(file)}  {file.relative_to(path.parent)}\n" for file in _files(path))
    return "".join(lines)


def _files(path: Path) -> Iterable[Path]:
    if not path.is_dir():
        return [path]
    return sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))
