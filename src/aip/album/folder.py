"""An album from a folder of people: one folder each, named for the person, photos inside."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aip.album import Preview
from aip.album.boxes import Box, BoxLine, match_boxes, read_boxes
from aip.album.index import Instance
from aip.album.listing import Listing, read_listing
from aip.album.missing import Missing, left_out
from aip.errors import BadInput, several
from aip.store.digest import digest, file_digest, remembered
from aip.store.progress import Progress


def repeated(groups: Sequence[Sequence[str]]) -> str:
    """Say which photos are there more than once.

    Examples
    --------
    >>> repeated([["Ada/1.jpg", "Bob/7.jpg"]])
    'album: the same photo is there more than once, and each counts: Ada/1.jpg = Bob/7.jpg'
    """
    told = several([" = ".join(names) for names in groups], 3)
    return f"album: the same photo is there more than once, and each counts: {told}"


class Folder:
    """People in folders.

    A person with at least ``val_min_photos`` photos is in ``val``, and the photos, ordered by file
    name, alternate between split 0 and split 1. Others with at least ``train_min_photos`` are in
    ``train``. `aip.album.listing.read_listing` says what a photo is.

    Parameters
    ----------
    album : mapping
        ``root``; ``boxes`` (a file with the columns photo, xmin, ymin, width, height, the photo as
        ``person/file``, with a line for every photo) or, where that is None, ``box`` ([xmin, ymin,
        width, height] in pixels, for every photo); ``val_min_photos``; ``train_min_photos``.
    folder : Path
        Not used: photos stay where they are.
    """

    photo_folder: Path | None = None

    def __init__(self, album: dict[str, Any], folder: Path) -> None:  # noqa: ARG002
        if album["root"] is None:
            raise BadInput(
                "config: album.root is missing; expected a folder with one folder per person, "
                """as in --config album='{"root": "people"}'"""
            )
        if album["box"] is None and album["boxes"] is None:
            raise BadInput("config: album: expected a box or a file of boxes, found neither")
        if album["boxes"] is None and min(album["box"][2:]) <= 0:
            raise BadInput(
                f"config: album.box: found {album['box']}, expected [xmin, ymin, width, height] "
                "with a width and a height of at least 1"
            )
        self._album, self._root = album, Path(album["root"])
        self._listing: Listing | None = None
        self._same: dict[str, list[str]] = {}

    def count(self, split: int | None) -> int:
        """Count the heads of a split from the listing of the photos."""
        counts = [len(names) for names in self._listed().people.values()]
        val, train = self._album["val_min_photos"], self._album["train_min_photos"]
        if split is None:
            return sum(count for count in counts if train <= count < val)
        recognised = [count for count in counts if count >= val]
        return sum((count + 1 - split) // 2 for count in recognised)

    def content(self, cache: Path) -> str:
        """Digest the photos and the file of boxes."""
        people = self._listed(cache / "beginnings.json").people
        photos = [self._root / person / name for person, names in people.items() for name in names]
        boxes = [] if self._album["boxes"] is None else [Path(self._album["boxes"])]
        for path in boxes:
            if not path.is_file():
                raise BadInput(f"album boxes {path}: no such file")
        found = remembered(photos + boxes, file_digest, cache / "photos.json")
        self._same = {}
        for path in photos:
            if len(people[path.parent.name]) >= self._fewest:
                self._same.setdefault(found[str(path)], []).append(
                    f"{path.parent.name}/{path.name}"
                )
        return digest(list(found.items()))

    @property
    def repeated(self) -> list[list[str]]:
        """Photos of the same content, as ``person/file``, once `content` has looked at them.

        Those that are left out of the album do not count.
        """
        return [names for names in self._same.values() if len(names) > 1]

    def make(
        self,
        seed: int,  # noqa: ARG002
        threads: int,  # noqa: ARG002
        progress: Progress,
    ) -> tuple[list[Instance], list[Missing]]:
        """Index the folder; the photos stay where they are.

        No head is missing. What else the folder and the file of boxes hold is returned as left out.
        """
        listing = self._listed()
        val = self._album["val_min_photos"]
        fewest = self._fewest
        used = {person: names for person, names in listing.people.items() if len(names) >= fewest}
        boxes, strangers = self._boxes(used)
        left = [
            left_out(person, name, f"its person has fewer than {fewest} photos")
            for person, names in listing.people.items()
            if person not in used
            for name in names
        ]
        left += [
            left_out("", line.photo, f"a line of {self._album['boxes']} that names no photo")
            for line in strangers
        ]
        index = []
        for person, names in used.items():
            recognised = len(names) >= val
            for number, name in enumerate(names):
                subset, split = ("val", number % 2) if recognised else ("train", None)
                box = boxes[f"{person}/{name}"]
                index.append(Instance(person, name, *box, person, subset, split))
        progress(len(index))(len(index))
        return index, [*listing.left, *left]

    def preview(self, seed: int) -> Preview | None:
        """Index the folder."""
        return Preview(*self.make(seed, 1, lambda _: lambda _: None))

    def photo_path(self, instance: Instance) -> Path:
        """Return the file of an instance's photo."""
        return self._root / instance.photoset / instance.photo

    @property
    def _fewest(self) -> int:
        """How many photos a person has at least who is not left out."""
        fewest: int = min(self._album["val_min_photos"], self._album["train_min_photos"])
        return fewest

    def _listed(self, cache: Path | None = None) -> Listing:
        if self._listing is None:
            self._listing = read_listing(self._root, cache)
        return self._listing

    def _boxes(self, used: dict[str, list[str]]) -> tuple[dict[str, Box], list[BoxLine]]:
        """Return the box of each photo that is used, and the lines that name no photo."""
        wanted = [f"{person}/{name}" for person, names in used.items() for name in names]
        if self._album["boxes"] is None:
            xmin, ymin, width, height = self._album["box"]
            return dict.fromkeys(wanted, (xmin, ymin, width, height)), []
        path, people = Path(self._album["boxes"]), self._listed().people
        lines = read_boxes(path)
        photos = [f"{person}/{name}" for person, names in people.items() for name in names]
        boxes, strangers = match_boxes(lines, photos, path, self._root)
        told = [f"{line.photo!r} in line {line.number}" for line in strangers]
        if not boxes:
            found = several(told, 3) if told else "no line below the header"
            raise BadInput(
                f"{path}: expected lines for the photos in {self._root}, such as {photos[0]!r}, "
                f"found only {found}"
            )
        if lacking := [photo for photo in wanted if photo not in boxes]:
            unmatched = f"; no photo is named by {several(told, 3)}" if told else ""
            raise BadInput(
                f"{path}: expected a line for every photo, found no line for the photo "
                f"{several(lacking)}{unmatched}"
            )
        return boxes, strangers
