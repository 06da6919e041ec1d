"""An album from a folder of people: one folder each, named for the person, photos inside."""

import csv
from pathlib import Path
from typing import Any

from aip.album.index import Instance
from aip.errors import BadInput

ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")
BOX_HEADER = ["photo", "xmin", "ymin", "width", "height"]

Box = tuple[int, int, int, int]


def photos(root: Path) -> dict[str, list[str]]:
    """List each person's photos by file name, people and photos in alphabetical order.

    Raises
    ------
    BadInput
        `root` is not a folder, or holds no folder with photos.
    """
    if not root.is_dir():
        raise BadInput(f"album root {root}: no such folder; expected one folder per person in it")
    people = {
        person.name: sorted(p.name for p in person.iterdir() if p.suffix.lower() in ENDINGS)
        for person in sorted(root.iterdir())
        if person.is_dir()
    }
    people = {name: names for name, names in people.items() if names}
    if not people:
        raise BadInput(
            f"album root {root}: no photos found; expected one folder per person, "
            f"with files ending in {', '.join(ENDINGS)}"
        )
    return people


def instances(album: dict[str, Any], root: Path) -> list[Instance]:
    """Index the folder: people with enough photos are recognised, the others teach the net.

    A person with at least ``val_min_photos`` photos is ``val``, the photos alternating between
    split 0 and split 1; the others, if they have ``train_min_photos``, are ``train``.

    Parameters
    ----------
    album : mapping
        ``box`` ([xmin, ymin, width, height] in pixels, for every photo) or ``boxes`` (a CSV file
        with the columns photo, xmin, ymin, width, height, the photo as ``person/file``),
        ``val_min_photos``, ``train_min_photos``.
    root : Path
        The folder of people.
    """
    people = photos(root)
    boxes = _read_boxes(Path(album["boxes"])) if album["boxes"] else {}
    fixed: Box | None = tuple(album["box"]) if album["box"] else None
    index = []
    for person, names in people.items():
        recognised = len(names) >= album["val_min_photos"]
        if not recognised and len(names) < album["train_min_photos"]:
            continue
        for number, name in enumerate(names):
            box = boxes.get(f"{person}/{name}", fixed)
            if box is None:
                raise BadInput(f"{album['boxes']}: no line for the photo {person}/{name}")
            subset, split = ("val", number % 2) if recognised else ("train", None)
            index.append(Instance(person, name, *box, person, subset, split))
    return index


def attacked_heads(album: dict[str, Any], root: Path) -> int:
    """Count the heads of split 1, which can be attacked, from the folder's listing alone."""
    counts = (len(names) for names in photos(root).values())
    return sum(count // 2 for count in counts if count >= album["val_min_photos"])


def photo_path(root: Path, instance: Instance) -> Path:
    """Return the file of an instance's photo."""
    return root / instance.photoset / instance.photo


def _read_boxes(path: Path) -> dict[str, Box]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"album boxes {path}: cannot be read: {error}") from error
    if not rows or rows[0] != BOX_HEADER:
        raise BadInput(f"{path}, line 1: expected the header {','.join(BOX_HEADER)}")
    boxes = {}
    for line, row in enumerate(rows[1:], start=2):
        try:
            photo, xmin, ymin, width, height = row
            boxes[photo] = (int(xmin), int(ymin), int(width), int(height))
        except ValueError:
            raise BadInput(
                f"{path}, line {line}: expected a photo and four integers, found {','.join(row)!r}"
            ) from None
    return boxes
