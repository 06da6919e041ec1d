"""The authors' release, as a study asks for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aip.errors import BadInput
from aip.store.digest import digest, files_digest
from aip.study.paths import path


@dataclass(frozen=True)
class ReleaseRequest:
    """A release that the user brings or that is downloaded.

    Attributes
    ----------
    archive : str or None
        The archive, or the folder that it was unpacked into; None downloads it.
    sha256 : str or None
        The archive's checksum, where one is known.
    content : str
        Digest of where it comes from and what is there.
    """

    archive: str | None
    sha256: str | None
    content: str

    @property
    def card(self) -> str:
        """The file that says where it lies; studies that ask for the same release share it."""
        return f"results/downloads/authors-{self.content}.json"


def request_release(section: Mapping[str, Any], cache: Path) -> ReleaseRequest:
    """Look at the release that a config's section ``authors`` asks for.

    Parameters
    ----------
    section : mapping
    cache : Path
        A folder for files that may be deleted at any time.

    Raises
    ------
    BadInput
        The archive or folder is not there.
    """
    archive = path(section["archive"], "config: authors.archive")
    files: list[Path] = []
    if archive is not None:
        place = Path(archive)
        if not place.exists():
            raise BadInput(f"config: authors.archive: no such file or folder: {archive}")
        files = sorted(p for p in place.rglob("*") if p.is_file()) if place.is_dir() else [place]
    content = digest(archive, files_digest(files, cache / "release.json"))
    return ReleaseRequest(archive, section["sha256"], content)
