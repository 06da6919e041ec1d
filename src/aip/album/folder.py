"""An album from a folder of people: one folder each, named for the person, photos inside."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aip.album import Preview, Progress
from aip.album.index import Instance, is_line, pixels
from aip.album.missing import Missing
from aip.errors import BadInput
from aip.fingerprint import files_digest

ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")
BOX_HEADER = ["photo", "xmin", "ymin", "width", "height"]

Box = tuple[int, int, int, int]


class Folder:
    """People in folders.

    A person with at least ``val_min_photos`` photos is ``val``, the photos alternating between
    split 0 and split 1; the others, if they have ``train_min_photos``, are ``train``. Photos are
    ordered by file name.

    Parameters
    ----------
    album : mapping
        ``root``; ``box`` ([xmin, ymin, width, height] in pixels, for every photo) or ``boxes`` (a
        CSV file with the columns photo, xmin, ymin, width, height, the photo as ``person/file``);
        ``val_min_photos``; ``train_min_photos``.
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
        self._album, self._root = album, Path(album["root"])

    def count(self, split: int | None) -> int:
        """Count the heads of a split from the folder's listing alone."""
        counts = [len(names) for names in self._people().values()]
        val, train = self._album["val_min_photos"], self._album["train_min_photos"]
        if split is None:
            return sum(count for count in counts if train <= count < val)
        recognised = [count for count in counts if count >= val]
        return sum((count + 1 - split) // 2 for count in recognised)

    def content(self, cache: Path) -> str:
        """Digest the photos and the file of boxes."""
        photos = [
            self._root / person / n for person, names in self._people().items() for n in names
        ]
        boxes = [] if self._album["boxes"] is None else [Path(self._album["boxes"])]
        for path in boxes:
            if not path.is_file():
                raise BadInput(f"album boxes {path}: no such file")
        return files_digest(photos + boxes, cache / "photos.json")

    def make(
        self,
        seed: int,  # noqa: ARG002
        threads: int,  # noqa: ARG002
        progress: Progress,
    ) -> tuple[list[Instance], list[Missing]]:
        """Index the folder; the photos stay where they are, and none is missing."""
        boxes = {} if self._album["boxes"] is None else _read_boxes(Path(self._album["boxes"]))
        fixed: Box | None = self._album["box"] and tuple(self._album["box"])
        index = []
        for person, names in self._people().items():
            recognised = len(names) >= self._album["val_min_photos"]
            if not recognised and len(names) < self._album["train_min_photos"]:
                continue
            for number, name in enumerate(names):
                box = boxes.get(f"{person}/{name}", fixed)
                if box is None:
                    raise BadInput(
                        f"{self._album['boxes']}: no line for the photo {person}/{name}, and the "
                        "config has no album.box"
                    )
                subset, split = ("val", number % 2) if recognised else ("train", None)
                index.append(Instance(person, name, *box, person, subset, split))
        progress(len(index))(len(index))
        return index, []

    def preview(self, seed: int) -> Preview | None:
        """Index the folder."""
        return Preview(*self.make(seed, 1, lambda _: lambda _: None))

    def photo_path(self, instance: Instance) -> Path:
        """Return the file of an instance's photo."""
        return self._root / instance.photoset / instance.photo

    def _people(self) -> dict[str, list[str]]:
        if not self._root.is_dir():
            raise BadInput(
                f"album root {self._root}: no such folder; expected one folder per person in it"
            )
        try:
            people = {
                person.name: sorted(photo.name for photo in _photos(person))
                for person in sorted(self._root.iterdir())
                if person.is_dir()
            }
        except OSError as error:
            raise BadInput(f"album root {self._root}: cannot be read: {error}") from error
        people = {name: names for name, names in people.items() if names}
        if not people:
            raise BadInput(
                f"album root {self._root}: no photos found; expected one folder per person, "
                f"with files ending in {', '.join(ENDINGS)}"
            )
        return people


def _photos(person: Path) -> Iterator[Path]:
    for photo in person.iterdir():
        if photo.suffix.lower() not in ENDINGS:
            continue
        if not is_line(person.name + photo.name):
            raise BadInput(
                f"{person}: found {photo.name!r}, expected names in UTF-8 without line breaks"
            )
        if not photo.is_file():
            raise BadInput(f"{photo}: expected a photo, found no file, or a link to none")
        yield photo


def _read_boxes(path: Path) -> dict[str, Box]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"album boxes {path}: cannot be read: {error}") from error
    if not rows or rows[0] != BOX_HEADER:
        raise BadInput(f"{path}, line 1: expected the header {','.join(BOX_HEADER)}")
    boxes: dict[str, Box] = {}
    for line, row in enumerate(rows[1:], start=2):
        try:
            photo, *box = row
            if photo in boxes:
                raise BadInput(f"{path}, line {line}: the photo {photo!r} is there twice")
            boxes[photo] = pixels(box)
        except ValueError:
            raise BadInput(
                f"{path}, line {line}: expected a photo and four integers, found {','.join(row)!r}"
            ) from None
    return boxes
