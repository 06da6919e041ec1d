"""Where photos come from. Every source gives the same index and finds an instance's photo.

To add a source, write its page and give its class its name here.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, cast

if TYPE_CHECKING:
    from aip.album.index import Instance
    from aip.album.missing import Missing

SOURCES = {
    "synthetic": "rendered.Rendered",
    "folder": "folder.Folder",
    "lfw": "lfw.Lfw",
    "pipa": "pipa.Pipa",
    "authors": "authors.Authors",
}

Progress = Callable[[int], Callable[[int], object]]

# The heads that teach the net, those that teach the SVM, and those that are attacked.
Part = Literal["train", "enrolled", "attacked"]


class Preview(NamedTuple):
    """What is known of an album that is not made.

    Attributes
    ----------
    instances, missing : list
        As `Source.make` would return them, were all photos that it can get to be had.
    waiting : int
        How many photos are yet to be rendered or fetched.
    """

    instances: "list[Instance]"
    missing: "list[Missing]"
    waiting: int = 0


class Source(Protocol):
    """A source of photos, as its page's class offers it.

    Constructed from the album's definition and the folder that the study keeps its album in,
    without reading a photo.

    `photo_folder` is where it makes its photos, None where it finds them.
    """

    photo_folder: Path | None

    def count(self, split: int | None) -> int:
        """Count the heads of a split, or with None of the train subset, at most."""

    def content(self, cache: Path) -> str:
        """Digest what the definition does not say: photos that the user brings."""

    def make(
        self, seed: int, threads: int, progress: Progress
    ) -> "tuple[list[Instance], list[Missing]]":
        """Get the photos where they must be got; return the index, and what it misses and why.

        `progress` is called once with the number of photos, and what it returns with each done.
        """

    def preview(self, seed: int) -> Preview | None:
        """Tell what `make` would index, without getting photos; None where that is not known."""

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
        Where the study keeps its album.
    """
    page = import_module(module(album["source"]))
    return cast(Source, getattr(page, SOURCES[album["source"]].partition(".")[2])(album, folder))
