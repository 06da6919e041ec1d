"""Damaged artifacts: found by checksums, named with the command that rebuilds them, set aside.

HDF5 artifacts and nets carry checksums in themselves, which whoever reads them holds them to.
Beside any other artifact lies a hidden file of the kind that ``sha256sum`` writes.
"""

import os
import shlex
import shutil
from collections.abc import Iterable
from pathlib import Path

from aip.errors import BadInput
from aip.files import whole
from aip.fingerprint import file_digest

# What is checked by whoever reads it.
CHECKED = (".h5", ".pt")
# Where the workflow tells its jobs which configs it was given.
CONFIGFILES = "AIP_CONFIGFILES"


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


def rebuild(path: Path) -> str:
    """Return the command that makes an artifact anew, and nothing else."""
    configfiles = os.environ.get(CONFIGFILES, "")
    given = f" --configfile {configfiles}" if configfiles else ""
    return f"snakemake --cores 1{given} --force {shlex.quote(str(path))}"


def set_aside(error: Damaged) -> str:
    """Rename a damaged artifact, so that the next run makes it anew, and return the sentence.

    What an earlier one left under that name is replaced. Where a link stands for an artifact that
    studies share, it is the one that is shared which is renamed.
    """
    real = error.path.resolve()
    aside = real.with_name(f"{real.name}.damaged")
    try:
        if aside.is_dir():
            shutil.rmtree(aside)
        real.rename(aside)
    except OSError as failed:
        return (
            f"{error.path}: {error.reason}; it cannot be set aside ({failed.strerror}); "
            f"rebuild it with: {rebuild(error.path)}"
        )
    if error.path.is_symlink():
        error.path.unlink()
    return (
        f"{error.path}: {error.reason}; set aside as {aside.name}, so that the next run "
        f"makes it anew; rebuild it alone with: {rebuild(error.path)}"
    )


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
    Damaged
        It differs.
    """
    expected = checksums_file(path)
    if not path.exists() or not expected.exists():
        return
    known = set(expected.read_text(encoding="utf-8", errors="replace").splitlines())
    differing = known ^ set(_checksums(path).splitlines())
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
