"""Labeled Faces in the Wild, downloaded by scikit-learn and read as a folder of people."""

from pathlib import Path
from typing import Any

from aip.album import Preview, Progress
from aip.album.folder import Folder
from aip.album.index import Instance
from aip.album.missing import Missing
from aip.errors import BadInput

# The whole data set: 13,233 photos, and 4,324 of the people who have ten or more.
PHOTOS, OF_TEN_OR_MORE = 13_233, 4_324
PEOPLE_OF_TEN_OR_MORE = 158  # each may enrol one photo more than half


class Lfw(Folder):
    """The funnelled set, as `sklearn.datasets.fetch_lfw_people` brings and checks it."""

    def __init__(self, album: dict[str, Any], folder: Path) -> None:
        self._home = folder.parent.parent / "downloads"
        super().__init__({**album, "root": str(self._home / "lfw_home" / "lfw_funneled")}, folder)

    def count(self, split: int | None) -> int:
        """Bound the heads of a split by what is known of the set before it is here."""
        if split is None:
            return PHOTOS
        few = self._album["val_min_photos"] < 10
        recognised = PHOTOS if few else OF_TEN_OR_MORE
        extra = 0 if split == 1 else PHOTOS if few else PEOPLE_OF_TEN_OR_MORE
        return (recognised + extra) // 2

    def content(self, cache: Path) -> str:  # noqa: ARG002
        """Return nothing: the set is one, and its archive's checksum is checked."""
        return ""

    def make(
        self, seed: int, threads: int, progress: Progress
    ) -> tuple[list[Instance], list[Missing]]:
        """Download the set if it is not here."""
        from sklearn.datasets import fetch_lfw_people

        # It decodes the people it is asked for; the one with more than 500 photos is the least.
        try:
            fetch_lfw_people(data_home=str(self._home), min_faces_per_person=500)
        except (OSError, ValueError) as error:
            raise BadInput(
                f"{self._home / 'lfw_home'}: Labeled Faces in the Wild could not be downloaded "
                f"({error}); remove that folder and try again, or get the photos yourself and use "
                "the source folder"
            ) from error
        return super().make(seed, threads, progress)

    def preview(self, seed: int) -> Preview | None:
        """Index the set if it is here."""
        if not self._root.is_dir():
            return None
        index, missing = Folder.make(self, seed, 1, lambda _: lambda _: None)
        return Preview(index, missing)
