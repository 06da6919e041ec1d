"""The faces found in an album's photos, and the table of them, ``faces.csv``."""

import csv
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from aip.album.index import cell, is_line
from aip.errors import BadInput
from aip.store.delimited import as_written, read_own
from aip.store.files import whole

LANDMARKS = ("left_eye", "right_eye", "nose", "left_mouth", "right_mouth")
FACE = (
    *("xmin", "ymin", "width", "height", "score"),
    *(f"{name}_{axis}" for name in LANDMARKS for axis in "xy"),
    *("turned", "prominence", "likeness"),
)
HEADER = ("person", "photo", "face", *FACE, "chosen", "why")
TURNS = (0, 90, 180, 270)

# From a face's box to that of its head, as shares of the face's width (left and right) and height
# (top and bottom): the medians over Labeled Faces in the Wild.
MARGINS = (0.20, 0.19, 0.18, 0.01)


@dataclass(frozen=True, slots=True)
class Face:
    """A face in a photo.

    Attributes
    ----------
    box : tuple of float
        xmin, ymin, width, height in pixels of the photo; it may reach past the photo's edge.
    score : float
        The detector's, from 0.5 to 1.
    landmarks : tuple of (float, float)
        x, y in pixels, of `LANDMARKS`; left is left in an upright face.
    turned : int
        By how many degrees the photo was turned counterclockwise to find it.
    prominence : float
        How large and central it is, see `aip.album.whose.prominence`, in pixels.
    likeness : float or None
        Its mean cosine similarity to the faces in the person's other photos; None if nobody asked.
    """

    box: tuple[float, float, float, float]
    score: float
    landmarks: tuple[tuple[float, float], ...]
    turned: int = 0
    prominence: float = 0.0
    likeness: float | None = None

    @property
    def side(self) -> float:
        """The shorter side of its box, in pixels."""
        return min(self.box[2:])

    def head(self) -> tuple[int, int, int, int]:
        """Return the box of its head: xmin, ymin, width, height in whole pixels."""
        xmin, ymin, width, height = self.box
        across, down = (width, height) if self.turned in (0, 180) else (height, width)
        sides = (across, down, across, down)
        margins = [share * side for share, side in zip(MARGINS, sides, strict=True)]
        turns = self.turned // 90  # a quarter turn counterclockwise makes the upper side the left
        left, top, right, bottom = margins[-turns:] + margins[:-turns]
        x, y = round(xmin - left), round(ymin - top)
        far_x, far_y = round(xmin + width + right), round(ymin + height + bottom)
        return x, y, max(1, far_x - x), max(1, far_y - y)


@dataclass(frozen=True, slots=True)
class PhotoFaces:
    """The faces of a photo, and which is that of the person whose folder it is in.

    Attributes
    ----------
    person, photo : str
        The folder and the file.
    faces : tuple of Face
        Those of the highest score first.
    chosen : int or None
        The position of the person's face; None if nobody can say.
    why : str
        Why it is this one, or none.
    """

    person: str
    photo: str
    faces: tuple[Face, ...]
    chosen: int | None
    why: str


def write_faces(path: Path, photos: Iterable[PhotoFaces]) -> None:
    """Write one line per face, and one with empty cells for a photo without faces."""
    with whole(path) as beside, beside.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        for photo in photos:
            for number, face in enumerate(photo.faces):
                chosen = "yes" if number == photo.chosen else "no"
                writer.writerow(_line(photo, str(number + 1), *_cells(face), chosen))
            if not photo.faces:
                writer.writerow(_line(photo, *[""] * (len(FACE) + 1), "no"))


def read_faces(path: Path) -> list[PhotoFaces]:
    """Read what `write_faces` wrote.

    Raises
    ------
    BadInput
        The file cannot be read, or its header or a line is wrong.
    """
    rows = [list(map(as_written, row)) for row in read_own(path, HEADER, "the faces")]
    for line, row in enumerate(rows, start=2):
        if len(row) != len(HEADER) or not all(map(is_line, row)):
            raise BadInput(
                f"{path}, line {line}: expected {len(HEADER)} fields without line breaks, found "
                f"{len(row)}: {','.join(row)!r}"
            )
    numbered = enumerate(rows, start=2)
    grouped = groupby(numbered, key=lambda item: (item[1][0], item[1][1], item[1][-1]))
    return [
        PhotoFaces(person, photo, *_parse(path, [row for row in lines if row[1][2]]), why)
        for (person, photo, why), lines in ((key, list(each)) for key, each in grouped)
    ]


def _line(photo: PhotoFaces, *texts: str) -> tuple[str | int, ...]:
    person, file, why = (cell(text) for text in (photo.person, photo.photo, photo.why))
    return person, file, *texts, why


def _cells(face: Face) -> Iterator[str]:
    values = (*face.box, face.score, *(v for point in face.landmarks for v in point))
    yield from (f"{value:.6g}" for value in values)
    yield str(face.turned)
    yield f"{face.prominence:.6g}"
    yield "" if face.likeness is None else f"{face.likeness:.4f}"


def _parse(path: Path, lines: list[tuple[int, list[str]]]) -> tuple[tuple[Face, ...], int | None]:
    faces, chosen = [], None
    for position, (line, row) in enumerate(lines):
        *texts, turned, prominence, likeness = row[3:-2]
        try:
            values = [float(text) for text in (*texts, prominence)]
            points = tuple(zip(values[5:-1:2], values[6:-1:2], strict=True))
            alike = float(likeness) if likeness else None
            if not all(map(math.isfinite, values)) or min(values[2:4]) <= 0:
                raise ValueError("a face without a box")
            box = (values[0], values[1], values[2], values[3])
            face = Face(box, values[4], points, TURNS[TURNS.index(int(turned))], values[-1], alike)
        except ValueError:
            raise BadInput(
                f"{path}, line {line}: expected a face's box, score, landmarks, turn (0, 90, 180 "
                f"or 270), prominence and likeness, found {','.join(row)!r}"
            ) from None
        faces.append(face)
        if row[-2] == "yes":
            chosen = position
    return tuple(faces), chosen
