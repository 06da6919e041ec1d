"""Things held before a face, drawn flat: a hand, a phone, a cup, something close to the camera."""

import numpy as np
from numpy.typing import NDArray

from aip.album.synthetic.mesh import Floats
from aip.album.synthetic.people import Person
from aip.album.synthetic.scene import Light, Sitter
from aip.album.synthetic.shade import shade

Array = NDArray[np.floating]


def draw_cover(
    photo: Floats, person: Person, sitter: Sitter, light: Light, rng: np.random.Generator
) -> None:
    """Draw what hides part of a head into a (height, width, 3) photo of linear light, in place."""
    if sitter.cover not in ("hand", "phone", "cup", "foreground"):
        return
    height, width = photo.shape[:2]
    scale = sitter.scale
    low = np.clip(np.array(sitter.centre) - 2.2 * scale, 0, (width - 1, height - 1)).astype(int)
    high = np.clip(np.array(sitter.centre) + 2.6 * scale, low + 1, (width, height)).astype(int)
    x = ((np.arange(low[0], high[0]) + 0.5 - sitter.centre[0]) / scale)[None, :]
    y = (-(np.arange(low[1], high[1]) + 0.5 - sitter.centre[1]) / scale)[:, None]
    side = float(rng.choice((-1, 1)))
    colour: Array = np.asarray(sitter.trim)
    softness = 1.5 / scale
    if sitter.cover == "hand":
        inside, colour = _hand(x * side, y, rng), np.asarray(person.skin)
    elif sitter.cover == "phone":
        at = (side * rng.uniform(0.3, 0.6), rng.uniform(-0.7, 0.2))
        inside = _slab(x - at[0], y - at[1], (0.26, 0.5), float(rng.uniform(-0.5, 0.5)))
        colour = np.array([0.015, 0.015, 0.018])
    elif sitter.cover == "cup":
        at = (side * rng.uniform(0.0, 0.25), rng.uniform(-1.15, -0.85))
        inside = _slab(x - at[0], y - at[1], (0.30, 0.38), float(rng.uniform(-0.15, 0.15)))
    else:
        at = (side * rng.uniform(0.7, 1.1), rng.uniform(-0.9, 0.4))
        inside = 0.75 - np.hypot(x - at[0], (y - at[1]) * rng.uniform(0.5, 1.0))
        softness = 0.35
    cover = np.clip(inside / softness + 0.5, 0, 1)
    slope_y, slope_x = np.gradient(np.minimum(inside, 0.12))
    normals = np.stack([-slope_x * scale, slope_y * scale, np.full_like(inside, 0.6)], -1)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    albedo = np.broadcast_to(colour, normals.shape)
    lit = shade(
        albedo.reshape(-1, 3).astype(np.float32),
        normals.reshape(-1, 3).astype(np.float32),
        0.04,
        light,
    ).reshape(albedo.shape)
    patch = photo[low[1] : high[1], low[0] : high[0]]
    patch += (lit - patch) * cover[..., None]


def _slab(x: Array, y: Array, half: tuple[float, float], angle: float) -> Array:
    """Return how far inside a turned rectangle with round corners points lie."""
    cosine, sine = np.cos(angle), np.sin(angle)
    u, v = np.abs(cosine * x + sine * y) - half[0] + 0.06, np.abs(cosine * y - sine * x)
    v = v - half[1] + 0.06
    outside = np.hypot(np.maximum(u, 0), np.maximum(v, 0))
    return np.asarray(0.06 - outside - np.minimum(np.maximum(u, v), 0))


def _hand(x: Array, y: Array, rng: np.random.Generator) -> Array:
    """Return how far inside a hand on the cheek (or before the mouth) points lie."""
    wrist = np.array([rng.uniform(0.6, 0.95), rng.uniform(-1.5, -1.2)])
    aim = np.array([rng.uniform(0.1, 0.45), rng.uniform(-0.55, -0.2)])
    along = (aim - wrist) / np.linalg.norm(aim - wrist)
    across = np.array([along[1], -along[0]])
    palm = wrist + 0.45 * along
    inside = _bone(x, y, wrist - 1.2 * along, palm, 0.20)
    inside = np.maximum(inside, _bone(x, y, wrist + 0.15 * along, palm + 0.1 * along, 0.27))
    for finger, length in zip((-0.22, -0.075, 0.075, 0.21), (0.42, 0.52, 0.5, 0.36), strict=True):
        root = palm + finger * across
        tip = root + length * along + 0.35 * finger * across
        inside = np.maximum(inside, _bone(x, y, root, tip, 0.072))
    return inside


def _bone(x: Array, y: Array, start: Array, end: Array, radius: float) -> Array:
    """Return how far inside a capsule points lie."""
    span = end - start
    t = np.clip(((x - start[0]) * span[0] + (y - start[1]) * span[1]) / (span @ span), 0, 1)
    return np.asarray(radius - np.hypot(x - start[0] - t * span[0], y - start[1] - t * span[1]))
