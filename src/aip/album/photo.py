"""Reading photos, whatever their mode, as a person would see them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from aip.errors import BadInput


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
        The file is missing, empty, cut short, or not an image.
    """
    with _opened(path) as photo:
        photo.load()
        return np.asarray(_to_rgb(ImageOps.exif_transpose(photo)))


def read_size(path: Path) -> tuple[int, int]:
    """Read a photo's width and height, upright; of a JPEG only the header is read.

    Raises
    ------
    BadInput
        The file is missing, empty, or not an image.
    """
    with _opened(path) as photo:
        width, height = photo.size
        # EXIF orientations from 5 on lie on their side.
        sideways = photo.getexif().get(ExifTags.Base.Orientation, 1) in range(5, 9)
        return (height, width) if sideways else (width, height)


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    try:
        if path.stat().st_size == 0:
            raise BadInput(f"{path}: the photo is empty (0 bytes); expected an image file")
        with Image.open(path) as photo:
            yield photo
    except FileNotFoundError:
        raise BadInput(f"{path}: the photo is missing") from None
    except UnidentifiedImageError:
        raise BadInput(f"{path}: not an image that Pillow can read") from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BadInput(f"{path}: the photo cannot be decoded: {error}") from error


def _to_rgb(photo: Image.Image) -> Image.Image:
    if photo.mode.startswith("I"):  # 16 bits, which convert("RGB") would clip instead of scale
        values = np.asarray(photo).astype(np.int64)
        return Image.fromarray(((values * 255 + 32767) // 65535).astype(np.uint8)).convert("RGB")
    if photo.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in photo.info:
        over = photo.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", over.size, "white"), over).convert("RGB")
    return photo.convert("RGB")
