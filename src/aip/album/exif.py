"""How a photo is to be turned, whatever else its EXIF says."""

import struct

from PIL import ExifTags, Image

ORIENTATION = int(ExifTags.Base.Orientation)
SHORT, LONG = 3, 4  # types of a value


def orientation(photo: Image.Image) -> int:
    """Return the EXIF orientation by which a photo's pixels are yet to be turned, else 1.

    Pillow turns those of a TIFF itself, and so does the reader of HEIF.
    """
    if photo.format in ("TIFF", "HEIF"):
        return 1
    if isinstance(exif := photo.info.get("exif"), bytes):
        return _orientation(exif.removeprefix(b"Exif\0\0"))
    try:  # from XMP, or a text of a PNG
        found = photo.getexif().get(ORIENTATION, 1)
    except Exception:  # of any type; what cannot be read does not say how to turn
        return 1
    return found if isinstance(found, int) else 1


def _orientation(exif: bytes) -> int:
    """Find the orientation in the first directory, past entries that are damaged."""
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None or len(exif) < 8:
        return 1
    (start,) = struct.unpack(f"{order}I", exif[4:8])
    (count,) = struct.unpack(f"{order}H", exif[start : start + 2].ljust(2, b"\0"))
    for place in range(start + 2, min(start + 2 + 12 * count, len(exif) - 11), 12):
        tag, kind = struct.unpack(f"{order}HH", exif[place : place + 4])
        if tag == ORIENTATION and kind in (SHORT, LONG):
            value = exif[place + 8 : place + (10 if kind == SHORT else 12)]
            return int.from_bytes(value, "little" if order == "<" else "big")
    return 1
