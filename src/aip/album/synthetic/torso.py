"""Shoulders and clothes, drawn flat with the light of a round body."""

import numpy as np
from numpy.typing import NDArray

from aip.album.synthetic.mesh import Floats
from aip.album.synthetic.noise import noise
from aip.album.synthetic.people import Person
from aip.album.synthetic.scene import Light, Sitter
from aip.album.synthetic.shade import shade

Array = NDArray[np.floating]


def draw_torso(photo: Floats, person: Person, sitter: Sitter, light: Light) -> None:
    """Draw a person's shoulders into a (height, width, 3) photo of linear light, in place."""
    height, width = photo.shape[:2]
    scale = sitter.scale
    top = int(np.clip(sitter.centre[1] + 1.1 * scale, 0, height - 1))
    left = int(np.clip(sitter.centre[0] - 2 * scale, 0, width - 1))
    right = int(np.clip(sitter.centre[0] + 2 * scale, left + 1, width))
    x = (np.arange(left, right, dtype=np.float32) + 0.5 - sitter.centre[0])[None, :] / scale
    y = -(np.arange(top, height, dtype=np.float32) + 0.5 - sitter.centre[1])[:, None] / scale
    side = np.abs(x)
    broad = 1.78 * (0.6 + 0.4 * person.neck)
    slope = np.clip((side - 0.36) / (broad - 0.36), 0, 1)
    shoulder = -1.22 - 0.36 * slope**1.1 - 0.9 * np.clip((side - 0.82 * broad) / 0.36, 0, 2) ** 3
    cover = np.clip((shoulder - y) * scale + 0.5, 0, 1)
    skin = _neckline(sitter.garment, x, y, scale)
    cloth = _cloth(sitter, x, y)
    albedo = cloth + (np.asarray(person.skin, np.float32) * 0.9 - cloth) * skin[..., None]
    if sitter.garment == 2:
        collar = np.clip((0.10 - np.abs(side - 0.30 + 0.5 * (-1.30 - y))) / 0.02, 0, 1)
        collar = collar * (y > -1.72) * (1 - skin)
        albedo = albedo + (0.85 * np.asarray(sitter.clothes, np.float32) + 0.1 - albedo) * (
            0.9 * collar[..., None]
        )
    depth = np.clip(shoulder - y, 0, 1.2)
    across = np.clip(x / broad, -0.95, 0.95) + 0 * y
    up = 0.75 * np.exp(-3.5 * depth) * (0.4 + 0.6 * slope)
    folds = 0.10 * noise(x * 14 + y * 5, y * 9, offset=person.texture, sigma=3.0)
    normals = np.stack([across + folds, up, np.sqrt(np.maximum(1 - across**2, 0.05))], -1)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    lit = shade(
        albedo.reshape(-1, 3).astype(np.float32),
        normals.reshape(-1, 3).astype(np.float32),
        0.01,
        light,
    ).reshape(albedo.shape)
    under_chin = 1 - 0.45 * np.exp(-((side / 0.5) ** 2) - ((y + 1.2) / 0.22) ** 2)
    arm = 0.35 * np.exp(-(((side - 0.74 * broad + 0.06 * (y + 2)) / 0.035) ** 2)) * (y < -1.95)
    lit *= (1 - arm)[..., None]
    patch = photo[top:, left:right]
    patch += (lit * under_chin[..., None] - patch) * cover[..., None]


def _neckline(garment: int, x: Array, y: Array, scale: float) -> Array:
    """Return where the skin shows: crew neck, V neck, open shirt, none."""
    if garment == 3:
        return np.zeros(np.broadcast_shapes(x.shape, y.shape), dtype=np.float32)
    if garment == 0:
        inside = 1 - np.hypot(x / 0.50, (y + 1.20) / 0.27)
    else:
        deep = 2.0 if garment == 1 else 1.75
        inside = 0.8 * ((y + deep) / (deep - 1.2) * 0.46 - np.abs(x))
    return np.asarray(np.clip(inside * 0.4 * scale + 0.5, 0, 1), dtype=np.float32)


def _cloth(sitter: Sitter, x: Array, y: Array) -> Floats:
    if sitter.pattern == 1:
        share = 0.5 + 0.5 * np.sign(np.sin(y * 22 + 0.8 * x**2)) + 0 * x
    elif sitter.pattern == 2:
        share = (np.sin(x * 20) > 0.2) * 0.5 + (np.sin(y * 20) > 0.2) * 0.5
    elif sitter.pattern == 3:
        share = np.clip(0.4 + 0.5 * noise(x * 30, y * 30, offset=0.5, sigma=3.0), 0, 1)
    else:
        share = 0 * x + 0 * y
    own, trim = (np.asarray(colour, np.float32) for colour in (sitter.clothes, sitter.trim))
    return np.asarray(own + (trim - own) * share[..., None], dtype=np.float32)
