"""Reading photos of any kind as a person would see them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from aip.album.coded_colour import read_coded_colour
from aip.album.colour import to_rgb
from aip.album.exif import orientation
from aip.album.jpeg_end import is_torn, without_end_mark
from aip.album.signature import FORMATS
from aip.errors import BadInput

pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)

LARGEST = 2**27  # pixels; decoding as many takes less than 3 GiB
JP2_HEADER = 2**20  # bytes, in which a JPEG 2000 describes its colours
# EXIF orientation → how the stored pixels are turned to be upright.
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
JPEG = ("JPEG", "MPO")
CAMERA_RAW = (50706, 50721)  # tags of TIFF: a DNG's version and colours


def read_photo(path: Path) -> NDArray[np.uint8]:
    """Read a photo as 8-bit sRGB, upright, as browsers show it.

    EXIF orientation is applied, 16-bit values are scaled to 8 bits, transparency is laid on white,
    embedded colour profiles are converted to sRGB, grey and CMYK become RGB. Of several pictures in
    a file, the first is read. A JPEG that lacks its end mark, and no pixel, is read.

    Returns
    -------
    (height, width, 3) uint8 array, 0–255

    Raises
    ------
    BadInput
        The file is missing, empty, cut short, not an image of a photo's format, a camera's raw
        picture, of more than 134,217,728 pixels, of another size than its header says, or its
        values are not of 1 to 16 bits.
    """
    with _opened(path) as photo:
        _check_raw(photo)
        kind, turn = str(photo.format), UPRIGHT.get(orientation(photo))
        said = photo.size
        photo = _loaded(photo, path)
        if photo.size != said:
            raise ValueError(f"it has {photo.size} pixels, where the file says {said}")
        if kind == "JPEG2000" and (profile := _jp2_profile(path)):
            photo.info["icc_profile"] = profile
        found = to_rgb(photo, read_coded_colour(path, kind, photo.info), _depth(path))
        return np.asarray(found if turn is None else found.transpose(turn))


def read_size(path: Path) -> tuple[int, int]:
    """Read a photo's width and height, upright; only the header of a JPEG is read.

    Raises
    ------
    BadInput
        The file is missing, empty, too large, or not an image of a photo's format.
    """
    with _opened(path) as photo:
        width, height = photo.size
        return (height, width) if orientation(photo) in range(5, 9) else (width, height)


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    try:
        if path.stat().st_size == 0:
            raise BadInput(f"{path}: the photo is empty (0 bytes); expected an image file")
        # Given a path, Pillow would map a TIFF into memory, and scramble one turned on its side.
        with path.open("rb") as file, Image.open(file, formats=FORMATS) as photo:
            if photo.width * photo.height > LARGEST:
                raise BadInput(
                    f"{path}: the photo has {photo.width} × {photo.height} pixels, expected at "
                    f"most {LARGEST:,} in all"
                )
            yield photo
    except FileNotFoundError:
        raise BadInput(f"{path}: the photo is missing") from None
    except UnidentifiedImageError:
        raise BadInput(f"{path}: not an image; expected one of {', '.join(FORMATS)}") from None
    except BadInput:
        raise
    except Exception as error:  # Pillow raises any type for a damaged file
        reason = str(error) or type(error).__name__
        raise BadInput(f"{path}: the photo cannot be decoded: {reason}") from error


def _check_raw(photo: Image.Image) -> None:
    """Refuse a camera's raw picture, of which Pillow would read the thumbnail."""
    tags = getattr(photo, "tag_v2", {})
    if any(tag in tags for tag in CAMERA_RAW) or tags.get(ExifTags.Base.NewSubfileType, 0) & 1:
        raise ValueError("a camera's raw picture; expected one that is developed, such as a JPEG")


def _loaded(photo: Image.Image, path: Path) -> Image.Image:
    """Decode a photo; of a JPEG, notice whether pixels are missing."""
    try:
        photo.load()
    except OSError:
        whole = without_end_mark(path.read_bytes()) if photo.format in JPEG else None
        if whole is None:
            raise
        return whole
    if photo.format == "JPEG" and is_torn(photo, path):
        raise OSError("its pixels end before the image does")
    return photo


def _depth(path: Path) -> int:
    """Return the bits of a PNG's samples; of another file it means nothing."""
    with path.open("rb") as file:
        return file.read(25)[-1]


def _jp2_profile(path: Path) -> bytes | None:
    """Return the ICC profile of a JPEG 2000, which Pillow does not read: that of its box colr."""
    content = path.read_bytes()[:JP2_HEADER]
    if (place := content.find(b"colr\x02")) < 4:
        return None
    return content[place + 7 : place - 4 + int.from_bytes(content[place - 4 : place], "big")]


def decoded_size(path: Path) -> tuple[int, int]:
    """Read a photo from end to end, and return its height and width; errors as in `read_photo`."""
    height, width = read_photo(path).shape[:2]
    return height, width
