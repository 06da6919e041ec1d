"""Files of head boxes, and which of their lines belongs to which photo."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from aip.album.index import is_line
from aip.album.signature import ENDINGS
from aip.errors import BadInput, several
from aip.store.delimited import read_delimited

HEADER = ("photo", "xmin", "ymin", "width", "height")

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class BoxLine:
    """A line of a file of boxes.

    Attributes
    ----------
    number : int
        Its place in the file, from 1.
    photo : str
        As the file names it.
    box : (xmin, ymin, width, height)
    """

    number: int
    photo: str
    box: Box


def read_boxes(path: Path) -> list[BoxLine]:
    """Read a file of boxes.

    The columns photo, xmin, ymin, width and height may be in any order, and their names in any
    case. The text may be whatever `aip.store.delimited.read_delimited` reads.

    Raises
    ------
    BadInput
        The file cannot be read, its header is another, or a line does not hold a photo and the
        whole numbers of a box with an area.
    """
    table = read_delimited(path, "the file of boxes")
    expected = f"expected the columns {','.join(HEADER)}"
    if not table.lines:
        raise BadInput(f"{path}: {expected}, found an empty file")
    header, *rows = table.lines
    names = [name.lower() for name in header.cells]
    if sorted(names) != sorted(HEADER):
        found = table.separator.join(header.cells)
        raise BadInput(f"{path}, line {header.number}: {expected}, found {found!r} ({table.form})")
    lines = []
    for row in rows:
        cells = dict(zip(names, row.cells, strict=False))
        photo, *texts = (cells.get(name, "") for name in HEADER)
        box = [_whole_number(text) for text in texts]
        if len(row.cells) > len(names) or not photo or not is_line(photo) or None in box:
            raise BadInput(
                f"{path}, line {row.number}: expected a photo and four integers, found "
                f"{table.separator.join(row.cells)!r} ({table.form})"
            )
        xmin, ymin, width, height = (side for side in box if side is not None)
        if width <= 0 or height <= 0:
            raise BadInput(
                f"{path}, line {row.number}: expected a box with an area, found width {width} and "
                f"height {height}"
            )
        lines.append(BoxLine(row.number, photo, (xmin, ymin, width, height)))
    return lines


def _whole_number(text: str) -> int | None:
    """Read up to nine plain digits, which spreadsheets may write as 50.0 or 50,00."""
    found = re.fullmatch(r"(-?[0-9]{1,9})(?:[.,]0+)?", text)
    return int(found[1]) if found else None


def match_boxes(
    lines: Iterable[BoxLine], photos: Iterable[str], path: Path, root: Path
) -> tuple[dict[str, Box], list[BoxLine]]:
    r"""Find the photo of each line.

    A name is compared as it is, then with ``/`` for ``\``, without ``./`` and the root before it,
    with composed accents (Unicode's NFC), and then with the ending in small letters.

    Parameters
    ----------
    lines : iterable of BoxLine
    photos : iterable of str
        All photos of the album, as ``person/file``.
    path : Path
        The file of boxes, for errors.
    root : Path
        The folder of people.

    Returns
    -------
    boxes : dict
        Photo → box.
    strangers : list of BoxLine
        The lines that name no photo.

    Raises
    ------
    BadInput
        Two lines are for one photo, or one may be for either of two.
    """
    photos = list(photos)
    steps: tuple[Callable[[str], str], ...] = (str, _composed, _small_ending)
    known = [_by_name(photos, step) for step in steps]
    roots = tuple(f"{_composed(str(name))}/" for name in (root.absolute(), root, root.name))
    boxes: dict[str, Box] = {}
    first: dict[str, BoxLine] = {}
    strangers = []
    for line in lines:
        names = [line.photo, _without(roots, _composed(line.photo))]
        found = next(
            (
                one
                for name in dict.fromkeys(names)
                for step, by_name in zip(steps, known, strict=True)
                if (one := by_name.get(step(name)))
            ),
            [],
        )
        if not found:
            strangers.append(line)
            continue
        if len(found) > 1:
            raise BadInput(
                f"{path}, line {line.number}: {line.photo!r} may be any of {several(found)}"
            )
        before = first.setdefault(found[0], line)
        if before is not line:
            raise BadInput(
                f"{path}, line {line.number}: the photo {line.photo!r} is there twice, in line "
                f"{before.number} as {before.photo!r}"
            )
        boxes[found[0]] = line.box
    return boxes, strangers


def _by_name(photos: list[str], step: Callable[[str], str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for photo in photos:
        found.setdefault(step(photo), []).append(photo)
    return found


def _composed(name: str) -> str:
    return str(PurePosixPath(unicodedata.normalize("NFC", name.replace("\\", "/"))))


def _small_ending(name: str) -> str:
    path = PurePosixPath(_composed(name))
    small = path.suffix.lower()
    return str(path.with_suffix(small)) if small in ENDINGS else str(path)


def _without(roots: tuple[str, ...], name: str) -> str:
    return next((name.removeprefix(root) for root in roots if name.startswith(root)), name)
