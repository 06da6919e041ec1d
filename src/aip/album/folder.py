"""An album from a folder of people: one folder each, named for the person, photos inside."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aip.album import Preview
from aip.album.boxes import Box, match_boxes, read_boxes
from aip.album.faces import read_faces
from aip.album.index import Instance
from aip.album.listing import Listing, read_listing
from aip.album.missing import Missing, leave, left_out
from aip.errors import BadInput, several
from aip.store.digest import digest, file_digest, remembered
from aip.store.progress import Progress

NOWHERE: Box = (0, 0, 0, 0)  # the box of a head that is not found, or not yet


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
        ``root``; ``val_min_photos``; ``train_min_photos``; and where the heads are: ``heads`` is
        ``detect`` if they are found (`aip.recognise.faces`), and else there is ``boxes`` (a file
        with the columns photo, xmin, ymin, width, height, the photo as ``person/file``, with a line
        for every photo) or, where that is None, ``box`` ([xmin, ymin, width, height] in pixels, for
        every photo).
    folder : Path
        Where ``faces.csv`` lies if heads are found; photos stay where they are.
    """

    photo_folder: Path | None = None

    def __init__(self, album: dict[str, Any], folder: Path) -> None:
        if album["root"] is None:
            raise BadInput(
                "config: album.root is missing; expected a folder with one folder per person, "
                """as in --config album='{"root": "people"}'"""
            )
        self._faces = folder / "faces.csv" if album.get("heads") == "detect" else None
        box, self._boxes = album.get("box"), album.get("boxes")
        if box is not None and self._boxes is None and min(box[2:]) <= 0:
            raise BadInput(
                f"config: album.box: found {box}, expected [xmin, ymin, width, height] "
                "with a width and a height of at least 1"
            )
        self._album, self.root = album, Path(album["root"])
        self._listing: Listing | None = None
        self._same: dict[str, list[str]] = {}
        self._strangers: list[Missing] = []

    def count(self, split: int | None) -> int:
        """Count the heads of a split from the listing of the photos; some may not be found."""
        counts = [len(names) for names in self._listed().people.values()]
        val, train = self._album["val_min_photos"], self._album["train_min_photos"]
        if split is None:
            return sum(count for count in counts if train <= count < val)
        recognised = [count for count in counts if count >= val]
        return sum((count + 1 - split) // 2 for count in recognised)

    def content(self, cache: Path) -> str:
        """Digest the photos and the file of boxes."""
        people = self._listed(cache / "beginnings.json").people
        photos = [self.root / person / name for person, names in people.items() for name in names]
        boxes = [] if self._boxes is None else [Path(self._boxes)]
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

    def get(self) -> None:
        """Have the photos here, which they are."""

    def people(self) -> dict[str, list[str]]:
        """Return the people who are not left out, and the file names of their photos."""
        listed = self._listed().people
        return {person: names for person, names in listed.items() if len(names) >= self._fewest}

    def make(
        self,
        seed: int,  # noqa: ARG002
        threads: int,  # noqa: ARG002
        progress: Progress,
    ) -> tuple[list[Instance], list[Missing]]:
        """Index the folder; the photos stay where they are.

        Heads are missing only where they are to be found: in photos in which nobody can say which
        face is the person's. What else the folder and the file of boxes hold is returned as left
        out.
        """
        return self._indexed(self._placed(), progress)

    def preview(self, seed: int) -> Preview | None:  # noqa: ARG002
        """Index the folder; where the heads are not found yet, every photo has one."""
        unknown = self._faces is not None and not self._faces.exists()
        boxes = dict.fromkeys(self._photos(), NOWHERE) if unknown else self._placed()
        return Preview(*self._indexed(boxes, lambda _: lambda _: None))

    def photo_path(self, instance: Instance) -> Path:
        """Return the file of an instance's photo."""
        return self.root / instance.photoset / instance.photo

    @property
    def _fewest(self) -> int:
        """How many photos a person has at least who is not left out."""
        fewest: int = min(self._album["val_min_photos"], self._album["train_min_photos"])
        return fewest

    def _listed(self, cache: Path | None = None) -> Listing:
        if self._listing is None:
            self._listing = read_listing(self.root, cache)
        return self._listing

    def _indexed(
        self, boxes: Mapping[str, Box | str], progress: Progress
    ) -> tuple[list[Instance], list[Missing]]:
        """Index photos with boxes, or with the reason why a photo's head is missing."""
        people, fewest, val = self.people(), self._fewest, self._album["val_min_photos"]
        index, gone = [], {}
        for person, names in people.items():
            recognised = len(names) >= val
            for number, name in enumerate(names):
                subset, split = ("val", number % 2) if recognised else ("train", None)
                found = boxes[f"{person}/{name}"]
                box = NOWHERE if isinstance(found, str) else found
                index.append(Instance(person, name, *box, person, subset, split))
                if isinstance(found, str):
                    gone[index[-1]] = found
        progress(len(index))(len(index))
        kept, missing = leave(index, gone)
        few = [
            left_out(person, name, f"its person has fewer than {fewest} photos")
            for person, names in self._listed().people.items()
            if person not in people
            for name in names
        ]
        return kept, [*missing, *self._listed().left, *few, *self._strangers]

    def _photos(self) -> list[str]:
        """Return the photos of the people who are not left out."""
        return [f"{person}/{name}" for person, names in self.people().items() for name in names]

    def _placed(self) -> Mapping[str, Box | str]:
        """Return the box of the head in each photo, or the reason why there is none."""
        return self._given() if self._faces is None else _found(self._faces, self._photos())

    def _given(self) -> dict[str, Box]:
        """Return the box of each photo that is used, and note the lines that name no photo."""
        wanted = self._photos()
        if self._boxes is None:
            xmin, ymin, width, height = self._album["box"]
            return dict.fromkeys(wanted, (xmin, ymin, width, height))
        path, people = Path(self._boxes), self._listed().people
        lines = read_boxes(path)
        photos = [f"{person}/{name}" for person, names in people.items() for name in names]
        boxes, strangers = match_boxes(lines, photos, path, self.root)
        told = [f"{line.photo!r} in line {line.number}" for line in strangers]
        if not boxes:
            found = several(told, 3) if told else "no line below the header"
            raise BadInput(
                f"{path}: expected lines for the photos in {self.root}, such as {photos[0]!r}, "
                f"found only {found}"
            )
        if lacking := [photo for photo in wanted if photo not in boxes]:
            unmatched = f"; no photo is named by {several(told, 3)}" if told else ""
            raise BadInput(
                f"{path}: expected a line for every photo, found no line for the photo "
                f"{several(lacking)}{unmatched}"
            )
        self._strangers = [
            left_out("", line.photo, f"a line of {path} that names no photo") for line in strangers
        ]
        return boxes


def _found(path: Path, photos: Sequence[str]) -> dict[str, Box | str]:
    """Return the box of the head in each photo, or the reason why there is none, from a table."""
    found = {
        f"{photo.person}/{photo.photo}": photo.why
        if photo.chosen is None
        else photo.faces[photo.chosen].head()
        for photo in read_faces(path)
    }
    if lacking := [photo for photo in photos if photo not in found]:
        raise BadInput(
            f"{path}: expected a line for every photo, found none for {several(lacking)}"
        )
    return found
