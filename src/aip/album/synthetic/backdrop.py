"""What is behind people: walls, rooms, streets, leaves, lamps out of focus."""

import numpy as np
from PIL import Image
from scipy import ndimage

from aip.album.synthetic.mesh import Floats

_COARSE = 3  # photo pixels per backdrop pixel: the backdrop is out of focus


def backdrop(width: int, height: int, rng: np.random.Generator) -> Floats:
    """Return a (height, width, 3) float32 background in linear light, 0 to about 1."""
    columns, rows = width // _COARSE + 1, height // _COARSE + 1
    x = np.linspace(0, 1, columns)[None, :, None]
    y = np.linspace(0, 1, rows)[:, None, None]
    brightness = float(np.exp(rng.uniform(np.log(0.05), np.log(0.8))))
    corners = brightness * np.exp(rng.normal(0, 0.35, (2, 2, 1)) + rng.normal(0, 0.25, (2, 2, 3)))
    picture = (corners[0, 0] * (1 - x) + corners[0, 1] * x) * (1 - y) + (
        corners[1, 0] * (1 - x) + corners[1, 1] * x
    ) * y
    kind = rng.integers(5)
    if kind == 0:  # a wall, with one thing on it perhaps
        _boxes(picture, brightness, int(rng.integers(0, 3)), rng)
    elif kind == 1:  # a room or a street
        _boxes(picture, brightness, int(rng.integers(8, 24)), rng)
    elif kind == 2:  # lamps and blobs
        _discs(picture, brightness, int(rng.integers(8, 30)), rng)
    elif kind == 3:  # leaves
        grain = ndimage.gaussian_filter(
            rng.standard_normal((rows, columns)), rng.uniform(0.8, 3), mode="wrap"
        )
        tone = np.exp(rng.normal(0, 0.3, 3))
        picture = picture * np.exp(0.6 * grain[..., None] / grain.std() * tone)
    else:  # land below a sky
        horizon = rng.uniform(0.3, 0.8)
        ground = brightness * np.exp(rng.normal(-0.5, 0.5, 3))
        picture = np.where(y > horizon, ground * (1.3 - 0.5 * y), picture)
        _boxes(picture, brightness, int(rng.integers(0, 8)), rng)
    blur = float(rng.choice((0.4, 1.0, 2.5, 5.0)))
    picture = ndimage.gaussian_filter(picture, (blur, blur, 0), mode="nearest")
    coarse = np.clip(picture, 0, 1.2).astype(np.float32)
    channels = [
        np.asarray(
            Image.fromarray(coarse[..., c]).resize((width, height), Image.Resampling.BILINEAR)
        )
        for c in range(3)
    ]
    return np.stack(channels, -1)


def _boxes(picture: np.ndarray, brightness: float, count: int, rng: np.random.Generator) -> None:
    rows, columns = picture.shape[:2]
    for _ in range(count):
        top, left = int(rng.integers(rows)), int(rng.integers(columns))
        tall, wide = int(rng.integers(3, rows)), int(rng.integers(3, columns // 2))
        colour = brightness * np.exp(rng.normal(0, 0.6) + rng.normal(0, 0.35, 3))
        picture[top : top + tall, left : left + wide] = colour


def _discs(picture: np.ndarray, brightness: float, count: int, rng: np.random.Generator) -> None:
    rows, columns = picture.shape[:2]
    y, x = np.ogrid[:rows, :columns]
    for _ in range(count):
        radius = rng.uniform(2, 16)
        inside = (y - rng.uniform(0, rows)) ** 2 + (x - rng.uniform(0, columns)) ** 2 < radius**2
        colour = brightness * np.exp(rng.normal(0.5, 0.8) + rng.normal(0, 0.4, 3))
        picture[inside] += rng.uniform(0.3, 0.9) * (colour - picture[inside])
