"""What is worn on the head: glasses, which belong to the person, and hats, which do not."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from aip.album.synthetic.hair import STYLES, is_hair
from aip.album.synthetic.head import around, cross_section, ring
from aip.album.synthetic.mesh import Floats, Mesh, grid, merge
from aip.album.synthetic.palette import Colour
from aip.album.synthetic.people import Person
from aip.album.synthetic.scene import Sitter

Array = NDArray[np.floating]
Material = Literal["plastic", "knit", "glass"]

# Half width, half height and exponent (2 is an ellipse) of a lens.
_LENSES = {
    "round": (0.185, 0.18, 2.0),
    "square": (0.205, 0.155, 5.0),
    "wide": (0.235, 0.125, 3.0),
    "half rim": (0.205, 0.135, 4.0),
    "sunglasses": (0.245, 0.185, 2.8),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A thing that is worn.

    Attributes
    ----------
    mesh : Mesh
        Its surface in head coordinates.
    colour : Colour
        Linear RGB.
    material : str
        How it takes the light; ``glass`` lets most of it through.
    """

    mesh: Mesh
    colour: Colour
    material: Material


def headwear(person: Person, sitter: Sitter) -> list[Part]:
    """Return all that the person wears on the head in this photo."""
    if sitter.cover == "sunglasses":
        glasses = _glasses(person, "sunglasses", (0.012, 0.012, 0.014))
    elif person.glasses_style != "none":
        glasses = _glasses(person, person.glasses_style, person.glasses_colour)
    else:
        glasses = []
    parts = [*glasses, *(Part(mesh, sitter.trim, "knit") for mesh in hat(person, sitter))]
    if sitter.cover == "scarf":
        parts.append(Part(_scarf(person), sitter.trim, "knit"))
    return parts


def hat(person: Person, sitter: Sitter) -> list[Mesh]:
    """Return the hat, its crown first, or nothing."""
    if sitter.cover == "beanie":
        return [_dome(person, 0.33, 0.10, 0.12)]
    if sitter.cover == "cap":
        return [_dome(person, 0.42, 0.08, 0.06), _brim(person)]
    return []


def shown_hair(person: Person, sitter: Sitter, uv: Floats) -> NDArray[np.bool_]:
    """Tell which points of the hair shell, by their (k, 2) uv, are hair that no hat hides."""
    below = {"beanie": 0.33, "cap": 0.42}.get(sitter.cover, np.inf)
    tails = (uv[:, 1] > 5) & (person.hair_style != "bun")
    return is_hair(person, uv[:, 0], uv[:, 1]) & ((uv[:, 1] < below) | tails)


def _glasses(person: Person, style: str, colour: Colour) -> list[Part]:
    half_width, half_height, power = _LENSES[style]
    half_width, half_height = half_width * person.glasses_size, half_height * person.glasses_size
    rim = person.glasses_thickness
    centre_x = max(person.eye_x, half_width + 0.045)
    centre_y = person.eye_y - 0.015
    level = np.array([centre_y])
    width, front, _ = (float(value[0]) for value in cross_section(person, level))
    plane = front + 0.12

    def place(x: Array, y: Array) -> Array:  # the frame bends back towards the temples
        return np.stack([x, y, plane - 0.25 * np.abs(x) ** 2], -1)

    angle = np.linspace(0, 2 * np.pi, 37)[None, :]
    cosine, sine = np.cos(angle), np.sin(angle)
    radius = (np.abs(cosine) ** power + np.abs(sine) ** power) ** (-1 / power)
    frames, lenses = [], []
    for side in (-1.0, 1.0):
        steps = np.array([rim, 0.0])[:, None]
        x = side * centre_x + (half_width + steps) * radius * cosine
        y = centre_y + (half_height + steps) * radius * sine
        if style == "half rim":
            y = np.where(sine < -0.15, centre_y + half_height * radius * sine, y)
            x = np.where(sine < -0.15, side * centre_x + half_width * radius * cosine, x)
        frames.append(_sheet(place(x, y)))
        inner = np.array([1.0, 0.0])[:, None]
        lens = place(
            side * centre_x + inner * half_width * radius * cosine,
            centre_y + inner * half_height * radius * sine,
        )
        lenses.append(_sheet(lens - np.array([0, 0, 0.01])))
        t = np.linspace(0, 1, 9)[None, :]
        thick = np.array([0.6, -0.6])[:, None] * rim
        hinge = side * (centre_x + half_width + rim * 0.5)
        x = hinge + (side * (width + 0.05) - hinge) * t**0.3 + 0 * thick
        z = (plane - 0.25 * hinge**2) * (1 - t) - 0.12 * t + 0 * thick
        y = centre_y + 0.05 + thick + 0 * t
        frames.append(_sheet(np.stack([x, y, z], -1)))
    gap = centre_x - half_width
    t = np.linspace(-1, 1, 9)[None, :]
    thick = np.array([0.6, -0.6])[:, None] * rim
    frames.append(_sheet(place(gap * t + 0 * thick, centre_y + 0.06 + 0.02 * (1 - t**2) + thick)))
    dark = style == "sunglasses"
    return [
        Part(merge(frames), colour, "plastic"),
        Part(merge(lenses), colour, "plastic" if dark else "glass"),
    ]


def _sheet(points: Array) -> Mesh:
    """Return a part of the frame, with the normals of the plane that bends to the temples."""
    sheet = grid(points, np.zeros((*points.shape[:2], 2)))
    x = sheet.points[:, :1]
    normals = np.concatenate([0.5 * x, np.full_like(x, 0.1), np.ones_like(x)], axis=1)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return Mesh(sheet.points, normals, sheet.uv, sheet.triangles)


def _dome(person: Person, edge: float, thickness: float, lift: float) -> Mesh:
    """Return what covers the skull above a height, with a rolled edge."""
    height = np.cos(np.linspace(0, np.arccos(edge), 24))[:, None]
    longitude = around(49)[None, :]
    width, front, back = cross_section(person, height)
    style = STYLES.get(person.hair_style)
    pressed = 0.0 if style is None else 0.35 * min(style.sides, 0.12)
    thick = thickness + pressed + 0.03 * np.exp(-(((height - edge) / 0.08) ** 2))
    x, z = ring(longitude, width + thick, front + thick, back + thick)
    tilt = 0.10 * (1 - np.cos(longitude)) / 2  # lower behind than in front
    y = height * (1 + lift) + lift * height - tilt + 0 * longitude
    uv = np.stack(np.broadcast_arrays(longitude, height), -1)
    return grid(np.stack(np.broadcast_arrays(x, y, z), -1), uv)


def _brim(person: Person) -> Mesh:
    longitude = np.linspace(-1.15, 1.15, 25)[None, :]
    width, front, back = cross_section(person, np.array([0.42]))
    reach = np.linspace(0, 1, 9)[:, None]
    x, z = ring(longitude, width + 0.1, front + 0.1, back)
    z = z + 0.55 * reach * np.cos(longitude * 1.3)
    y = 0.50 - 0.14 * reach - 0.10 * (x / 0.7) ** 2
    uv = np.stack(np.broadcast_arrays(longitude, reach), -1)
    return grid(np.stack(np.broadcast_arrays(x, y, z), -1), uv)


def _scarf(person: Person) -> Mesh:
    height = np.linspace(-0.70, -1.45, 14)[:, None]
    longitude = np.linspace(-np.pi, np.pi, 41)[None, :]
    bulge = 0.16 * np.sin(np.clip((-0.70 - height) / 0.75, 0, 1) * np.pi) ** 0.5
    width = 0.62 * max(person.jaw, 0.95) + bulge
    x = width * np.sin(longitude)
    z = np.where(np.cos(longitude) > 0, 0.80, 0.6) * np.cos(longitude) + bulge * np.cos(longitude)
    y = height + 0.05 * np.cos(3 * longitude)
    uv = np.stack(np.broadcast_arrays(longitude, height), -1)
    return grid(np.stack(np.broadcast_arrays(x, y, z), -1), uv)
