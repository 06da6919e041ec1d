"""The fingerprint that an artifact carries: what it was made from.

An HDF5 file has it as an attribute, a net as the comment of its zip archive, and any other artifact
in its checksum file.
"""

import zipfile
from collections.abc import Iterable
from pathlib import Path

import h5py

from aip.store.checksums import CHECKED, checksums_file, said_fingerprint
from aip.store.digest import remembered

UNREADABLE = "?"


def carried(paths: Iterable[Path], cache: Path) -> dict[Path, str]:
    """Return the fingerprint that each artifact carries.

    Parameters
    ----------
    paths : iterable of Path
        Artifacts, each of which is there.
    cache : Path
        As for `aip.store.digest.remembered`.

    Returns
    -------
    dict
        Empty text for an artifact that carries none. Those are left out that are too damaged to
        tell, because whoever reads one says so; and links to files that studies share, if these
        are files without a fingerprint inside.
    """
    says = {path: path if path.suffix in CHECKED else checksums_file(path) for path in paths}
    found = remembered((file for file in says.values() if file.exists()), _fingerprint, cache)
    carrying = {path: found.get(str(file), "") for path, file in says.items()}
    return {
        path: fingerprint
        for path, fingerprint in carrying.items()
        if fingerprint != UNREADABLE and not (path.is_symlink() and says[path] != path)
    }


def _fingerprint(file: Path) -> str:
    try:
        if file.suffix == ".h5":
            with h5py.File(file) as artifact:
                return str(artifact.attrs.get("fingerprint", ""))
        if file.suffix == ".pt":
            with zipfile.ZipFile(file) as archive:
                return archive.comment.decode()
        return said_fingerprint(file)
    except (OSError, KeyError, RuntimeError, ValueError, zipfile.BadZipFile):
        return UNREADABLE
