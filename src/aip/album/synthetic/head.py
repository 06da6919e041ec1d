"""The shape of a head: skull and face, ears and neck."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aip.album.synthetic.mesh import Mesh, ellipsoid, grid, merge
from aip.album.synthetic.people import Person

Array = NDArray[np.floating]

# The curves of an average head, as multiples of the circular arc sqrt(1 - y²).
_HEIGHTS = np.array([-1.0, -0.85, -0.6, -0.3, 0.0, 0.35, 0.7, 1.0])
_WIDTH = np.array([0.50, 0.56, 0.63, 0.665, 0.69, 0.745, 0.78, 0.78])
_FRONT = np.array([1.25, 1.22, 0.92, 0.82, 0.77, 0.83, 0.92, 0.90])
_BACK = np.array([-0.6, -0.15, 0.40, 0.76, 0.93, 1.02, 1.04, 1.0])
_FLATNESS = 2.25  # exponent of the superellipse that a level cut through the head is


@dataclass(frozen=True, slots=True)
class Expression:
    """What a face does in one photo.

    Attributes
    ----------
    smile : float
        -0.6 (frown) to 1 (broad smile).
    mouth_open : float
        0 (closed) to 1.
    eyes_open : float
        0.15 (nearly shut) to 1.2 (wide).
    brows_up : float
        -0.04 to 0.06, in half heights of a head.
    gaze : (x, y)
        How far the irises are off centre, -1 to 1 of what an eye can do.
    """

    smile: float
    mouth_open: float
    eyes_open: float
    brows_up: float
    gaze: tuple[float, float]


def cross_section(person: Person, y: Array) -> tuple[Array, Array, Array]:
    """Return half width, front and back depth of the skull at heights `y` in -1 to 1."""
    arc = np.sqrt(np.maximum(1 - y**2, 0))
    chin, jaw, cheeks, forehead = person.chin, person.jaw, person.cheeks, person.forehead
    factor = np.array([chin, chin, jaw, (jaw + cheeks) / 2, cheeks, forehead, forehead, forehead])
    width = person.width * arc * _smooth(y, _HEIGHTS, _WIDTH * factor)
    jut = person.jut * np.array([1, 1, 0.4, 0, 0, 0, 0, 0])
    front = arc * _smooth(y, _HEIGHTS, _FRONT + jut)
    back = arc * _smooth(y, _HEIGHTS, _BACK)
    return width, front, back


def _smooth(x: Array, knots: Array, values: Array) -> Array:
    """Interpolate by cubics with Catmull-Rom slopes."""
    slopes = np.gradient(values, knots)
    at = np.clip(np.searchsorted(knots, x, side="right") - 1, 0, len(knots) - 2)
    span = knots[at + 1] - knots[at]
    t = (x - knots[at]) / span
    return np.asarray(
        values[at] * (2 * t**3 - 3 * t**2 + 1)
        + values[at + 1] * (3 * t**2 - 2 * t**3)
        + span * (slopes[at] * (t**3 - 2 * t**2 + t) + slopes[at + 1] * (t**3 - t**2))
    )


def around(columns: int) -> Array:
    """Return longitudes from -π to π, closest together in front (0)."""
    t = np.linspace(-1, 1, columns)
    return np.pi * (0.55 * t + 0.45 * t**3)


def ring(longitude: Array, width: Array, front: Array, back: Array) -> tuple[Array, Array]:
    """Return x and z of a level cut, a superellipse with a front and a back of their own depth."""
    sine, cosine = np.sin(longitude), np.cos(longitude)
    power = 2 / _FLATNESS
    depth = np.where(cosine > 0, front, back)
    return (
        width * np.sign(sine) * np.abs(sine) ** power,
        depth * np.sign(cosine) * np.abs(cosine) ** power,
    )


def skull(person: Person, expression: Expression, rows: int = 70, columns: int = 65) -> Mesh:
    """Return the head without ears and hair.

    Its `uv` are the x and y that a point has at rest on the front of the face, which is where the
    paint goes; points of the rear half have x beyond ±1.
    """
    height = np.cos(np.linspace(0, np.pi, rows))
    longitude = around(columns)
    width, front, back = (value[:, None] for value in cross_section(person, height))
    x, z = ring(longitude[None, :], width, front, back)
    y = np.broadcast_to(height[:, None], x.shape)
    forward = np.clip(np.cos(longitude), 0, 1)[None, :] ** 0.5
    z = z + forward * _relief(person, expression, x, y)
    drop = 0.10 * expression.mouth_open * np.clip((person.mouth_height - y) / 0.15, 0, 1) * forward
    uv = np.stack([np.where(z > -0.3, x, x + np.copysign(2, x)), y], -1)
    return grid(np.stack([x, y - drop, z], -1), uv)


def _bump(x: Array, y: Array, at: tuple[float, float], size: tuple[float, float]) -> Array:
    """Return a Gaussian bump of height 1, mirrored to both sides of the face."""
    return np.asarray(
        np.exp(-0.5 * (((np.abs(x) - at[0]) / size[0]) ** 2 + ((y - at[1]) / size[1]) ** 2))
    )


def _relief(person: Person, expression: Expression, x: Array, y: Array) -> Array:
    """Return how far the face stands out of the smooth head."""
    p, smile = person, expression.smile
    eye, mouth, bottom = p.eye_y, p.mouth_height, p.nose_bottom
    top = eye + 0.10
    t = (top - y) / (top - bottom)
    profile = np.clip(t, 0, 1) ** (1.7 - p.nose_bridge)
    below = 1 / (1 + np.exp((t - 1.0) * 22))
    across = 0.055 + (p.nose_width * 0.62 - 0.055) * np.clip(t, 0, 1.2) ** 1.6
    nose = p.nose_height * profile * below * np.exp(-0.5 * (x / across) ** 2)
    opened = 0.05 * expression.mouth_open
    return np.asarray(
        nose
        + p.nose_tip * _bump(x, y, (0.0, bottom + 0.06), (0.07, 0.06))
        + 0.055 * _bump(x, y, (p.nose_width * 0.72, bottom + 0.05), (0.035, 0.045))
        - p.eye_depth * _bump(x, y, (p.eye_x, eye), (0.13, 0.085))
        - 0.04 * _bump(x, y, (0.13, eye + 0.02), (0.05, 0.08))
        + 0.035 * _bump(x, y, (p.eye_x, eye - 0.005), (0.075, 0.045))
        + (0.02 + 0.5 * p.eye_depth) * _bump(x, y, (0.22, p.eye_y + p.brow_y), (0.2, 0.055))
        + p.cheekbones * _bump(x, y, (0.42, -0.14), (0.13, 0.13))
        + 0.035 * (max(smile, 0) + 0.3) * _bump(x, y, (0.34, -0.27), (0.12, 0.11))
        + 0.9
        * p.upper_lip
        * _bump(x, y, (0.0, mouth + 0.035 + opened), (p.mouth_width * 0.55, 0.03))
        + 0.8
        * p.lower_lip
        * _bump(x, y, (0.0, mouth - 0.05 - opened), (p.mouth_width * 0.5, 0.035))
        - 0.03 * _bump(x, y, (0.0, mouth - 0.13), (0.16, 0.035))
        + 0.05 * _bump(x, y, (0.0, -0.87), (0.13 * p.chin, 0.09))
    )


def ears(person: Person) -> Mesh:
    """Return both ears; `uv` are an ear's own x and y in -1 to 1, x to the rear."""
    width = float(cross_section(person, np.array([-0.05]))[0][0])
    size = person.ear_size
    both = []
    for side in (-1.0, 1.0):
        shell = ellipsoid((0, 0, 0), (0.05, 0.21 * size, 0.125 * size), 13, 17)
        turn = side * person.ear_angle
        cosine, sine = np.cos(turn), np.sin(turn)
        turned = np.array([[cosine, 0, -sine], [0, 1, 0], [sine, 0, cosine]], dtype=np.float32)
        own = shell.points / np.array([0.05, 0.21 * size, 0.125 * size], dtype=np.float32)
        centre = np.array([side * (width + 0.055 * person.ear_angle), -0.06, -0.06], np.float32)
        both.append(
            Mesh(
                shell.points @ turned.T + centre,
                shell.normals @ turned.T,
                np.stack([-own[:, 2], own[:, 1]], -1),
                shell.triangles,
            )
        )
    return merge(both)


def neck(person: Person) -> Mesh:
    """Return the neck; `uv` are longitude and height."""
    height = np.linspace(-0.35, -1.75, 15)[:, None]
    longitude = np.linspace(-np.pi, np.pi, 29)[None, :]
    flare = 1 + 0.55 * np.clip((-1.25 - height) / 0.5, 0, 1) ** 2
    x = 0.40 * person.neck * flare * np.sin(longitude)
    z = 0.36 * person.neck * flare * np.cos(longitude) - 0.15
    y = np.broadcast_to(height, x.shape)
    uv = np.stack([np.broadcast_to(longitude, x.shape), y], -1)
    return grid(np.stack([x, y, z], -1), uv)
