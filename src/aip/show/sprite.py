"""Sprites: many thumbnails in one picture, which a browser loads at once and when it is wanted."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 72  # pixels of a thumbnail
COLUMNS = 10  # thumbnails beside each other
QUALITY = 80
GREY = 128  # beside a head that is not square


def thumbnail(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Fit a head into a square thumbnail, in its middle.

    Parameters
    ----------
    image : (height, width, 3) uint8 array

    Returns
    -------
    (SIDE, SIDE, 3) uint8 array
    """
    height, width = image.shape[:2]
    scale = SIDE / max(height, width)
    inner = max(round(height * scale), 1), max(round(width * scale), 1)
    resized = Image.fromarray(image).resize(inner[::-1], Image.Resampling.LANCZOS)
    found = np.full((SIDE, SIDE, 3), GREY, dtype=np.uint8)
    top, left = (SIDE - inner[0]) // 2, (SIDE - inner[1]) // 2
    found[top : top + inner[0], left : left + inner[1]] = np.asarray(resized)
    return found


def rows(count: int) -> int:
    """Return how many rows of thumbnails a sprite has.

    Examples
    --------
    >>> rows(10), rows(11)
    (1, 2)
    """
    return -(-count // COLUMNS)


def write(path: Path, thumbnails: Sequence[NDArray[np.uint8]]) -> None:
    """Write thumbnails row by row as one WebP picture."""
    sheet = np.full((rows(len(thumbnails)) * SIDE, COLUMNS * SIDE, 3), GREY, dtype=np.uint8)
    for number, image in enumerate(thumbnails):
        top, left = (SIDE * place for place in divmod(number, COLUMNS))
        sheet[top : top + SIDE, left : left + SIDE] = image
    Image.fromarray(sheet).save(path, format="webp", quality=QUALITY, method=4)
