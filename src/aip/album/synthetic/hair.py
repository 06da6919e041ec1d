"""The shape of hair: a shell around the skull, cut off along the hairline."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aip.album.synthetic.head import around, cross_section, ring
from aip.album.synthetic.mesh import Mesh, ellipsoid, grid, merge
from aip.album.synthetic.noise import noise
from aip.album.synthetic.people import Person

Array = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Style:
    """A way to wear hair; lengths are in half heights of a head.

    Attributes
    ----------
    sides, top, front : float
        Thickness at the sides, on the crown, and what the forehead's hair adds.
    length : float
        How far down the curtain at the sides and rear reaches, as a height; None ends at the nape.
    fringe : float or None
        Height of the fringe's lower edge over the eyebrows; None lets the person's fringe decide,
        1 has none.
    curl : float
        Height of curls.
    wave : float
        How wavy strands are, 0–1.
    part : float
        0 has no parting; 1 sweeps all hair to one side.
    """

    sides: float = 0.05
    top: float = 0.08
    front: float = 0.0
    length: float | None = None
    fringe: float | None = None
    curl: float = 0.0
    wave: float = 0.2
    part: float = 0.0


STYLES = {
    "horseshoe": Style(sides=0.05, top=0.0, fringe=1.0),
    "buzz": Style(sides=0.02, top=0.025, fringe=1.0),
    "short": Style(sides=0.05, top=0.10),
    "quiff": Style(sides=0.03, top=0.14, front=0.20, fringe=1.0),
    "side part": Style(sides=0.05, top=0.15, front=0.03, part=1.0),
    "mohawk": Style(sides=0.0, top=0.32, front=0.1, fringe=1.0),
    "curly": Style(sides=0.12, top=0.18, front=0.05, curl=0.05),
    "afro": Style(sides=0.34, top=0.36, front=0.05, curl=0.035, fringe=1.0),
    "bowl": Style(sides=0.13, top=0.12, length=-0.10, fringe=0.06),
    "bob": Style(sides=0.14, top=0.10, length=-0.82, part=0.5),
    "long": Style(sides=0.08, top=0.08, length=-1.75, part=0.6, wave=0.1),
    "wavy": Style(sides=0.17, top=0.13, length=-1.45, curl=0.035, wave=1.0, part=0.4),
    "bun": Style(sides=0.03, top=0.05, fringe=1.0),
    "ponytail": Style(sides=0.03, top=0.06),
    "pigtails": Style(sides=0.04, top=0.06, part=0.1),
}


def falls(person: Person, style: Style) -> bool:
    """Tell whether hair falls over the forehead."""
    return (style.fringe is not None and style.fringe < 0.5) or (
        style.fringe is None and person.fringe > 0
    )


def lower_edge(person: Person, style: Style, longitude: Array) -> Array:
    """Return the height where hair ends, per longitude in -π to π (0 is front)."""
    brows = person.eye_y + person.brow_y
    fringed = falls(person, style)
    front = person.hairline
    if fringed and style.fringe is not None:
        front = brows + style.fringe
    elif fringed:
        front += (brows + 0.08 - front) * person.fringe
    temple = front + (-0.03 if fringed else person.temples)
    if style.length is None:
        knots = np.array([0.0, 0.35, 0.75, 1.25, 1.45, 1.75, 2.1, np.pi])
        rear = [min(0.28, temple), person.sideburn, 0.16, -0.45, -0.45]
    else:
        knots = np.array([0.0, 0.35, 0.75, 1.12, 1.45, np.pi])
        rear = [min(0.28, temple), style.length, style.length]
    heights = np.array([front, front + 0.02, temple, *rear])
    if person.hair_style == "horseshoe":
        heights[:4] = (1.2, 1.2, 1.2, 0.45)
    edge = np.interp(np.abs(longitude), knots, heights)
    if not fringed:
        return np.asarray(edge - person.peak * np.exp(-((longitude / 0.25) ** 2)))
    sweep = 0.16 * style.part * person.fringe * person.parting
    near_front = np.clip(1 - np.abs(longitude) / 0.9, 0, 1)
    return np.asarray(edge + sweep * np.sin(longitude * 1.6) * near_front)


def hair(person: Person, rows: int = 48, columns: int = 65) -> Mesh | None:
    """Return the hair shell with its extras, or None for a bald person.

    `uv` are longitude and height on the shell; the shell covers more than the hair: what lies
    below `lower_edge` is to be left out (`is_hair`). Extras (bun, tails) have height 10 added.
    """
    style = STYLES.get(person.hair_style)
    if style is None:
        return None
    bottom = -0.6 if style.length is None else style.length - 0.05
    low = max(4, int(rows * (0.2 - 0.22 * bottom)))
    height = np.concatenate(
        [np.cos(np.linspace(0, np.pi / 2, rows - low, endpoint=False)), np.linspace(0, bottom, low)]
    )[:, None]
    longitude = around(columns)[None, :]
    volume = person.hair_volume
    on_skull = np.clip(height, -0.97, 1)
    width, front, back = cross_section(person, on_skull)
    if style.length is not None:  # a curtain hangs straight down from the widest place
        widest, _, deepest = cross_section(person, np.zeros(1))
        hang = np.clip(-height / 0.3, 0, 1)
        width = width + hang * (widest * 0.97 - width)
        back = back + hang * (deepest * 0.75 - back)
        front = front + hang * (0.62 - front)
    strands = noise(longitude * 38 + 40 * style.wave * height, height * 22, offset=person.texture)
    crown = np.clip(height, 0, 1)
    sides = style.sides * volume
    top = style.top * volume
    over_forehead = np.clip(np.cos(longitude), 0, 1) ** 2 * crown
    thickness = 0.035 + sides + 0.008 * strands + style.front * volume * over_forehead * 0.6
    if style.curl:
        curls = noise(longitude * 26, height * 26, offset=person.texture, sigma=3.0)
        thickness = thickness + style.curl * curls
    if style.length is not None:
        thickness = thickness * (1 - 0.25 * np.clip((-0.9 - height) / 0.8, 0, 1))
    else:  # lies on the skin along the hairline, except for a fringe
        above = height - lower_edge(person, style, longitude)
        ramp = np.clip(0.15 + above / (0.10 + 0.4 * style.sides), 0.15, 1) ** 0.6
        loose = falls(person, style) * np.clip(2 - 1.8 * np.abs(longitude), 0, 1)
        thickness = 0.02 + thickness * (ramp + (1 - ramp) * loose)
    if person.hair_style == "mohawk":
        ridge = np.sin(longitude) * np.sqrt(np.maximum(1 - crown**2, 0)) / 0.22
        thickness = 0.02 + 0.05 * np.exp(-(ridge**2))
    x, z = ring(longitude, width + thickness, front + thickness, back + thickness)
    lift = top * crown**2 + style.front * volume * over_forehead
    if person.hair_style == "mohawk":
        lift = top * np.exp(-((x / 0.16) ** 2)) * crown
    if style.part:  # hair lies flat on the parting and rises beside it
        valley = np.exp(-(((x - 0.28 * person.parting) / 0.10) ** 2)) * (z > -0.3) * crown
        lift = lift - 0.05 * valley - 0.10 * style.part * person.parting * x * crown
    y = np.where(height > 0, height * (1 + 0.035) + lift + 0.006 * strands * crown, height)
    uv = np.stack(np.broadcast_arrays(longitude, height), -1)
    shell = grid(np.stack(np.broadcast_arrays(x, y, z), -1), uv)
    return merge([shell, *_extras(person)])


def _extras(person: Person) -> list[Mesh]:
    volume = person.hair_volume
    balls: dict[str, list[tuple[tuple[float, float, float], tuple[float, float, float]]]] = {
        "bun": [((0.0, 1.10, -0.25), (0.30 * volume, 0.25 * volume, 0.30))],
        "ponytail": [
            ((0.12 * person.parting, 0.45, -1.15), (0.24, 0.26, 0.24)),
            ((0.55 * person.parting, -0.45, -0.85), (0.24 * volume, 0.75, 0.22)),
        ],
        "pigtails": [
            ((side * 0.90, -0.42, -0.15), (0.20 * volume, 0.52, 0.2)) for side in (-1.0, 1.0)
        ],
    }
    extras = []
    for centre, radii in balls.get(person.hair_style, []):
        ball = ellipsoid(centre, radii, 15, 19)
        uv = ball.uv * np.array([1.5, 0.8], np.float32) + np.array([0, 10], np.float32)
        extras.append(Mesh(ball.points, ball.normals, uv, ball.triangles))
    return extras


def is_hair(person: Person, longitude: Array, height: Array) -> NDArray[np.bool_]:
    """Tell which points of the shell are hair, with an edge as ragged as strands."""
    style = STYLES[person.hair_style]
    ragged = 0.02 + 0.03 * style.wave + 0.5 * style.curl
    strands = noise(longitude * 75, height * 5.0, offset=person.texture, sigma=3.0)
    kept = height > lower_edge(person, style, longitude) + ragged * strands
    if person.hair_style == "mohawk":
        kept &= np.abs(np.sin(longitude)) * np.sqrt(np.maximum(1 - height**2, 0)) < 0.30
    if person.hair_style == "horseshoe":
        kept &= height < 0.5
    return np.asarray(kept | (height > 5))
