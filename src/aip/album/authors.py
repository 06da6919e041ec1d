"""The album of the paper's authors: PIPA's annotation and their head crops, from their release."""

from functools import cached_property
from pathlib import Path
from typing import Any

from aip.album import Preview
from aip.album.annotation import Annotation
from aip.album.pipa import Pipa
from aip.album.release import Release, read_release_card


class Authors(Pipa):
    """Instance n's head is the release's head crop n; photos are not needed.

    Parameters
    ----------
    album : mapping
        ``subset`` and ``split``, as for PIPA; ``card``, the file that says where the release is,
        whose name contains the digest of the release's definition.
    folder : Path
        Not used: all studies share the release.
    """

    def __init__(self, album: dict[str, Any], folder: Path) -> None:
        self._card = Path(album["card"])
        super().__init__({**album, "photos": "crops", "root": "", "annotation": None}, folder)

    def content(self, cache: Path) -> str:  # noqa: ARG002
        """Return an empty string: the card's name identifies the release."""
        return ""

    def preview(self, seed: int) -> Preview | None:
        """Return the index if the release is here."""
        return super().preview(seed) if self._card.exists() else None

    @cached_property
    def _release(self) -> Release:
        return read_release_card(self._card)

    @cached_property
    def annotation(self) -> Annotation:
        """The release's own annotation."""
        return Annotation(self._release.index)

    @cached_property
    def _root(self) -> Path:
        return self._release.root

    def _split_file(self, subset: str, split: str) -> Path:
        return self._release.split(f"{subset}_{split}")
