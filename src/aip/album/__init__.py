"""Sources of photos. Every source gives an index of the same form and finds an instance's photo.

To add a source, write its module and give its class a name here.
"""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, cast

from aip.store.progress import Progress
from aip.store.registry import Registry

if TYPE_CHECKING:
    from aip.album.index import Instance
    from aip.album.missing import Missing

SOURCES: Registry = {
    "synthetic": "rendered.Rendered",
    "folder": "folder.Folder",
    "lfw": "lfw.Lfw",
    "pipa": "pipa.Pipa",
    "authors": "authors.Authors",
}

# The heads that teach the net, those that teach the SVM, and those that are attacked.
Purpose = Literal["train", "enrolled", "attacked"]


class Preview(NamedTuple):
    """What is known of an album before it is made.

    Attributes
    ----------
    instances, missing : list
        What `Source.make` would return if it got every photo that it asks for.
    waiting : int
        How many photos are yet to be rendered or fetched.
    """

    instances: "list[Instance]"
    missing: "list[Missing]"
    waiting: int = 0


class Source(Protocol):
    """A source of photos.

    It is constructed from the album's definition and the folder of the study's album, without
    reading a photo.

    `photo_folder` is where it makes photos; None if it only finds them.
    """

    photo_folder: Path | None

    def count(self, split: int | None) -> int:
        """Return the most heads that a split can have; for None, the train subset."""

    def content(self, cache: Path) -> str:
        """Digest what the definition does not contain: the user's own photos."""

    def make(
        self, seed: int, threads: int, progress: Progress
    ) -> "tuple[list[Instance], list[Missing]]":
        """Get or make the photos; return the index, and the heads that it lacks with the reasons.

        `progress` is called once with the number of photos; what it returns, with each one done.
        """

    def preview(self, seed: int) -> Preview | None:
        """Return what `make` would index, without getting photos; None if this is not known."""

    def photo_path(self, instance: "Instance") -> Path:
        """Return the file of an instance's photo."""


def module(name: str) -> str:
    """Return the name of the module that holds a source."""
    return f"{__name__}.{SOURCES[name].partition('.')[0]}"


def source(album: dict[str, Any], folder: Path) -> Source:
    """Return the source of an album.

    Parameters
    ----------
    album : mapping
        The album's definition; ``source`` names it.
    folder : Path
        The folder of the study's album.
    """
    found = import_module(module(album["source"]))
    return cast(Source, getattr(found, SOURCES[album["source"]].partition(".")[2])(album, folder))
