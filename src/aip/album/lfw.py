"""Labeled Faces in the Wild (Huang et al. 2007), downloaded and read as a folder of people."""

import logging
from pathlib import Path
from typing import Any

from aip.album import Preview
from aip.album.folder import Folder
from aip.album.index import Instance
from aip.album.missing import Missing
from aip.download.file import fetch
from aip.download.unpack import unpack
from aip.errors import BadInput
from aip.store.checkout import remote
from aip.store.checksums import Damaged, check, checksums_file, write_checksums
from aip.store.files import whole_folder
from aip.store.progress import Progress

ARCHIVE, UNPACKED = "lfw-funneled.tgz", "lfw_funneled"

# The whole data set has 13,233 photos, 4,324 of them of people with ten or more.
PHOTOS, OF_TEN_OR_MORE = 13_233, 4_324
PEOPLE_OF_TEN_OR_MORE = 158  # each may enrol one photo more than half of theirs


class Lfw(Folder):
    """The funnelled set: its archive is held to a checksum, and what is unpacked to others."""

    def __init__(self, album: dict[str, Any], folder: Path) -> None:
        self._home = folder.parent.parent / "downloads" / "lfw"
        super().__init__({**album, "root": str(self._home / UNPACKED)}, folder)

    def count(self, split: int | None) -> int:
        """Bound the heads of a split by the size of the data set, which may not be here yet."""
        if split is None:
            return PHOTOS
        few = self._album["val_min_photos"] < 10
        recognised = PHOTOS if few else OF_TEN_OR_MORE
        extra = 0 if split == 1 else PHOTOS if few else PEOPLE_OF_TEN_OR_MORE
        return (recognised + extra) // 2

    def content(self, cache: Path) -> str:  # noqa: ARG002
        """Return an empty string: there is one data set, and its checksum is verified."""
        return ""

    def make(
        self, seed: int, threads: int, progress: Progress
    ) -> tuple[list[Instance], list[Missing]]:
        """Download the data set if it is not here whole, and index it."""
        self.get()
        return super().make(seed, threads, progress)

    def get(self) -> None:
        """Download the data set if it is not here whole."""
        if not self._is_whole():
            self._download()

    def preview(self, seed: int) -> Preview | None:
        """Index the data set if it is here."""
        return super().preview(seed) if self.root.is_dir() else None

    def _is_whole(self) -> bool:
        photos = self._home / UNPACKED
        if not checksums_file(photos).exists():
            return False
        try:
            check(photos)
        except Damaged as error:
            logging.warning("%s; Labeled Faces in the Wild is unpacked again", error)
            return False
        return True

    def _download(self) -> None:
        known = remote("lfw")
        archive = self._home.with_name(ARCHIVE)
        logging.info("getting %s", archive)
        fetch(known["url"], archive, known["sha256"], onward=known["onward"])
        logging.info("unpacking %s", archive)
        with whole_folder(self._home) as beside:
            unpack(archive, beside, lambda _: None)
            if not (beside / UNPACKED).is_dir():
                raise BadInput(f"{archive}: found no folder {UNPACKED} in it, expected one")
            write_checksums(beside / UNPACKED, known["sha256"])
