"""Reading photos, whatever their mode, as a person would see them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from aip.errors import BadInput

# Pillow can also read formats that run programs, such as EPS, or that no camera writes.
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP")
LARGEST = 2**27  # pixels of a photo; decoding so many takes less than 3 GiB
# 16-bit values in 8 bits, rounded.
EIGHT_BITS = ((np.arange(65536) * 255 + 32767) // 65535).astype(np.uint8)


def read_photo(path: Path) -> NDArray[np.uint8]:
    """Read a photo as 8-bit RGB, upright.

    EXIF rotation is applied, 16-bit values are scaled to 8 bits, transparency is laid on white,
    grey and CMYK become RGB.

    Returns
    -------
    (height, width, 3) uint8 array, 0–255

    Raises
    ------
    BadInput
        The file is missing, empty, cut short, not an image of a photo's format, of more than
        134,217,728 pixels, or its values are not of 8 or 16 bits.
    """
    with _opened(path) as photo:
        photo.load()
        return np.asarray(_to_rgb(ImageOps.exif_transpose(photo)))


def read_size(path: Path) -> tuple[int, int]:
    """Read a photo's width and height, upright; of a JPEG only the header is read.

    Raises
    ------
    BadInput
        The file is missing, empty, too large, or not an image of a photo's format.
    """
    with _opened(path) as photo:
        width, height = photo.size
        # EXIF orientations from 5 on lie on their side; Pillow has turned a TIFF's size itself.
        turned = photo.getexif().get(ExifTags.Base.Orientation, 1) in range(5, 9)
        sideways = turned and photo.format != "TIFF"
        return (height, width) if sideways else (width, height)


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    try:
        if path.stat().st_size == 0:
            raise BadInput(f"{path}: the photo is empty (0 bytes); expected an image file")
        # By its name, Pillow would map a TIFF into memory, and scramble one that lies on its side.
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
    except Exception as error:  # Pillow's readers pass on whatever a damaged file makes them meet
        reason = str(error) or type(error).__name__
        raise BadInput(f"{path}: the photo cannot be decoded: {reason}") from error


def _to_rgb(photo: Image.Image) -> Image.Image:
    if photo.mode.startswith("I"):  # 16 bits, which convert("RGB") would clip instead of scale
        values = np.asarray(photo)
        if values.min() < 0 or values.max() > 65535:
            raise ValueError(f"values from {values.min()} to {values.max()}, expected 16 bits")
        return Image.fromarray(EIGHT_BITS[values]).convert("RGB")
    if photo.mode == "F":
        raise ValueError("floating-point values, whose scale is not known; expected integers")
    if photo.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in photo.info:
        over = photo.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", over.size, "white"), over).convert("RGB")
    return photo.convert("RGB")
