"""JPEGs without their end: whole if every pixel is there, and torn if one is not.

libjpeg fills in what is missing, and says nothing. Whether a pixel is missing shows when other data
follow the file's: if all pixels are there, they do not depend on what follows.
"""

import random
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from PIL import Image

START, END, SCAN = b"\xff\xd8", b"\xff\xd9", 0xDA
SEQUENTIAL, PROGRESSIVE = (0xC0, 0xC1), 0xC2
# What may follow: bits that differ from each other at each place, and no marker.
TAILS = tuple(
    bytes([first]) + random.Random(first).randbytes(63).replace(b"\xff", b"\xfe")
    for first in (0x55, 0xAA, 0x33, 0xCC)
)


def without_end_mark(content: bytes) -> Image.Image | None:
    """Read a JPEG whose end mark is missing; None if more is missing than that.

    Parameters
    ----------
    content : bytes
        A JPEG that Pillow finds truncated.
    """
    body = content.rstrip(b"\xff")
    scans = list(_segments(body))
    if any(marker == END[1] for marker, _, _ in scans) or not _has_all_scans(scans):
        return None
    try:
        found = _decoded(body + END)
        if _depends_on_what_follows(body, found):
            return None
    except OSError:
        return None
    return found


def is_torn(photo: Image.Image, path: Path) -> bool:
    """Tell whether a JPEG that has an end mark lacks pixels before it.

    Only one whose last pixel is mid-grey is looked at, as libjpeg fills in what is missing.

    Parameters
    ----------
    photo : Image
        As Pillow reads it.
    path : Path
        Its file.
    """
    corner = photo.getpixel((photo.width - 1, photo.height - 1))
    if corner not in (128, (128, 128, 128)):
        return False
    content = path.read_bytes()
    end = next((place for marker, place, _ in _segments(content) if marker == END[1]), None)
    return end is not None and _depends_on_what_follows(content[:end], photo)


def _depends_on_what_follows(body: bytes, photo: Image.Image) -> bool:
    # Where the data are divided by restart marks, the next part begins with one.
    marks = re.findall(rb"\xff([\xd0-\xd7])", body)
    number = (marks[-1][0] + 1) % 8 if marks else 0
    pixels = photo.tobytes()
    return any(
        _decoded(body + mark + tail + END).tobytes() != pixels
        for mark in (b"", bytes([0xFF, 0xD0 + number]))
        for tail in TAILS
    )


def _decoded(content: bytes) -> Image.Image:
    with Image.open(BytesIO(content), formats=["JPEG"]) as photo:
        photo.load()
        return photo


def _segments(content: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield each segment's marker, its place and its payload, up to the first end mark."""
    place = len(START)
    while 0 <= (place := content.find(b"\xff", place)) < len(content) - 1:
        marker = content[place + 1]
        if marker in (0x00, 0x01, 0xFF) or 0xD0 <= marker <= 0xD8:  # within a scan, or filling
            place += 1 if marker == 0xFF else 2
            continue
        if marker == END[1]:
            yield marker, place, b""
            return
        length = int.from_bytes(content[place + 2 : place + 4], "big")
        yield marker, place, content[place + 4 : place + 2 + length]
        place += 2 + max(length, 2)


def _has_all_scans(segments: list[tuple[int, int, bytes]]) -> bool:
    """Tell whether the scans that have begun hold every coefficient of every component."""
    frames = [
        (marker, data) for marker, _, data in segments if marker in (*SEQUENTIAL, PROGRESSIVE)
    ]
    if len(frames) != 1 or len(frames[0][1]) < 6:
        return False
    kind, frame = frames[0]
    missing = {
        (component, k): 1 for component in frame[6 : 6 + 3 * frame[5] : 3] for k in range(64)
    }
    for marker, _, data in segments:
        if marker != SCAN or not data or len(data) < 4 + 2 * data[0]:
            continue
        components, (first, last, bits) = data[1 : 1 + 2 * data[0] : 2], data[-3:]
        whole = range(64) if kind in SEQUENTIAL else range(first, min(last, 63) + 1)
        for component in components:
            for k in whole:
                missing[component, k] = 0 if kind in SEQUENTIAL else bits & 15
    return not any(missing.values())
