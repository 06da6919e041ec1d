"""What is painted on a face: skin, eyes, brows, lips, beard, in linear RGB."""

import numpy as np
from numpy.typing import NDArray

from aip.album.synthetic.head import Expression, cross_section
from aip.album.synthetic.mesh import Floats
from aip.album.synthetic.noise import noise
from aip.album.synthetic.palette import Colour
from aip.album.synthetic.people import Person

Array = NDArray[np.floating]


def _edge(value: Array, softness: float = 0.012) -> Array:
    """Return 0 where `value` is well below 0 and 1 where it is well above."""
    return np.asarray(np.clip(value / softness + 0.5, 0, 1))


def _spot(x: Array, y: Array, at: tuple[float, float], size: tuple[float, float]) -> Array:
    return np.asarray(np.exp(-0.5 * (((x - at[0]) / size[0]) ** 2 + ((y - at[1]) / size[1]) ** 2)))


def _cover(base: Floats, colour: Colour | Floats, share: Array) -> None:
    """Lay a colour over (k, 3) colours, in place."""
    base += (np.asarray(colour, dtype=np.float32) - base) * share[:, None]


def _darken(base: Floats, share: Array) -> None:
    base *= np.maximum(1 - share, 0)[:, None]


def face(person: Person, expression: Expression, uv: Floats) -> tuple[Floats, Array]:
    """Return the colour and the gloss of the skull at face coordinates.

    Parameters
    ----------
    person, expression : Person, Expression
        Whose face, doing what.
    uv : (k, 2) float32
        Face coordinates, as `aip.album.synthetic.head.skull` gives them.

    Returns
    -------
    colour : (k, 3) float32
        Linear RGB in 0–1.
    gloss : (k,) float32
        Strength of the highlight, 0–1.
    """
    x, y = uv[:, 0], uv[:, 1]
    skin = np.asarray(person.skin, dtype=np.float32)
    colour = np.broadcast_to(skin, (len(x), 3)).copy()
    gloss = np.full(len(x), 0.12, dtype=np.float32)
    front = np.abs(x) < 1
    at = np.flatnonzero(front)
    fx, fy = x[at], y[at]
    local = colour[at]
    shine = gloss[at]
    _complexion(person, local, fx, fy)
    _beard(person, local, fx, fy)
    _mouth(person, expression, local, shine, fx, fy)
    for side in (-1.0, 1.0):
        _eye(person, expression, local, shine, fx * side, fy, side)
        _brow(person, expression, local, fx * side, fy)
    colour[at], gloss[at] = local, shine
    _stubble_of_scalp(person, colour, x, y)
    return colour, gloss


def _complexion(p: Person, colour: Floats, x: Array, y: Array) -> None:
    side = np.abs(x)
    colour *= (1 + 0.03 * noise(x * 90, y * 90, offset=p.texture, sigma=3.0))[:, None]
    red = 0.35 * p.blush * _spot(side, y, (0.36, -0.25), (0.15, 0.11))
    red += 0.25 * _spot(x, y, (0, p.nose_bottom + 0.05), (0.1, 0.07))
    colour *= 1 - red[:, None] * np.array([0.02, 0.45, 0.40], dtype=np.float32)
    if p.freckles:
        where = _spot(side, y, (0.25, -0.12), (0.26, 0.17))
        dots = noise(x * 160, y * 160, offset=p.texture, sigma=1.6)
        _darken(colour, 0.6 * p.freckles * where * _edge(dots - 0.9, 0.5))
    for mole_x, mole_y, radius in p.moles:
        distance = np.hypot(x - mole_x, y - mole_y)
        _darken(colour, 0.75 * _edge(radius - distance, 0.015))
    # Places that little light reaches: under the brow, beside and under the nose, under the lip.
    bottom, mouth = p.nose_bottom, p.mouth_height
    _darken(colour, 0.30 * _spot(side, y, (0.14, p.eye_y + 0.03), (0.05, 0.07)))
    _darken(colour, 0.22 * _spot(side, y, (p.eye_x, p.eye_y + 0.07), (0.14, 0.03)))
    _darken(colour, 0.30 * _spot(x, y, (0, bottom - 0.03), (p.nose_width * 0.9, 0.025)))
    _darken(colour, 0.25 * _spot(side, y, (p.nose_width + 0.03, bottom + 0.05), (0.02, 0.05)))
    _darken(colour, 0.25 * _spot(x, y, (0, mouth - p.lower_lip - 0.06), (0.13, 0.025)))
    _darken(
        colour,
        0.8 * _spot(side, y, (p.nose_width * 0.5, bottom + 0.005), (p.nose_width * 0.26, 0.016)),
    )
    # Age: furrows across the forehead, from nose to mouth, and bags below the eyes.
    fold = (side - 0.16 - 0.9 * (bottom + 0.05 - y) * (p.mouth_width / 0.3)) / 0.014
    reach = _edge(bottom + 0.05 - y, 0.06) * _edge(y - mouth + 0.02, 0.08)
    _darken(colour, (0.10 + 0.35 * p.age) * np.exp(-0.5 * fold**2) * reach)
    bags = _spot(side, y, (p.eye_x - 0.01, p.eye_y - 0.085), (0.09, 0.018))
    _darken(colour, (0.08 + 0.35 * p.age) * bags)
    if p.age > 0.45:
        waves = np.sin((y - 0.05 * np.cos(4 * x)) * 80) - 0.75
        on_forehead = _spot(x, y, (0, 0.48), (0.28, 0.09))
        _darken(colour, 1.2 * (p.age - 0.4) * on_forehead * np.clip(waves, 0, 1) * 3)


def _eye(
    p: Person, e: Expression, colour: Floats, gloss: Array, x: Array, y: Array, side: float
) -> None:
    """Paint the eye at positive `x`; `side` tells which way the gaze turns it."""
    at = np.flatnonzero((np.abs(x - p.eye_x) < 0.24) & (np.abs(y - p.eye_y) < 0.2))
    if not len(at):
        return
    u = (x[at] - p.eye_x) / p.eye_width
    v = y[at] - p.eye_y - p.eye_slant * u
    lid = 0.072 * p.eye_height * e.eyes_open
    arch = np.maximum(1 - u**2, 0)
    upper = lid * arch**0.75
    lower = -0.038 * p.eye_height * arch * min(1.0, e.eyes_open + 0.3)
    inside = _edge(upper - v) * _edge(v - lower) * _edge(1 - np.abs(u), 0.1)
    local, shine = colour[at], gloss[at]
    crease = upper + 0.035 + 0.02 * (1 - p.lid_crease)
    near = _edge(1.15 - np.abs(u), 0.2)
    _darken(local, 0.45 * p.lid_crease * near * np.exp(-0.5 * ((v - crease) / 0.010) ** 2))
    shade = 0.55 + 0.45 * np.clip((upper - v) / 0.05, 0, 1)
    white = np.array([0.64, 0.60, 0.58], dtype=np.float32) * shade[:, None]
    _cover(local, white, inside)
    gaze_x = side * 0.35 * p.eye_width * e.gaze[0]
    gaze_y = 0.006 + 0.02 * e.gaze[1]
    distance = np.hypot(u * p.eye_width - gaze_x, v - gaze_y)
    iris = np.asarray(p.iris_colour, dtype=np.float32) * (0.6 + 0.9 * distance / p.iris)[:, None]
    _cover(local, iris, inside * _edge(p.iris - distance))
    _cover(local, (0.004, 0.004, 0.005), inside * _edge(0.42 * p.iris - distance))
    glint = np.hypot(u * p.eye_width - gaze_x + 0.02 * side, v - gaze_y - 0.02)
    _cover(local, (1.0, 1.0, 1.0), 0.9 * inside * _edge(0.013 - glint))
    lashes = _edge(0.013 - np.abs(v - upper - 0.004)) * _edge(1.08 - np.abs(u), 0.1)
    _cover(local, (0.012, 0.008, 0.006), 0.9 * lashes)
    rim = _edge(0.007 - np.abs(v - lower)) * _edge(1.0 - np.abs(u), 0.1)
    _darken(local, 0.5 * rim)
    shine[:] = np.maximum(shine, 0.35 * inside)
    colour[at], gloss[at] = local, shine


def _brow(p: Person, e: Expression, colour: Floats, x: Array, y: Array) -> None:
    at = np.flatnonzero((x > 0) & (x < 0.6) & (y > p.eye_y) & (y < 0.6))
    if not len(at):
        return
    u = (x[at] - p.eye_x - 0.01) / p.brow_length
    middle = p.eye_y + p.brow_y + e.brows_up + p.brow_tilt * u + p.brow_arch * (1 - (u - 0.3) ** 2)
    thickness = p.brow_thickness * np.clip(1.15 - 0.55 * (u + 0.3), 0.2, 1.3)
    strands = noise((x[at] + 0.7 * y[at]) * 110, y[at] * 40, offset=p.texture)
    inside = _edge(thickness - np.abs(y[at] - middle - 0.004 * strands), 0.016)
    inside = inside * _edge(1.0 - np.abs(u), 0.15)
    local = colour[at]
    dark = np.minimum(np.asarray(p.hair, dtype=np.float32) * 0.55, 0.12)
    _cover(local, dark, 0.92 * inside)
    colour[at] = local


def mouth_line(p: Person, e: Expression, x: Array) -> tuple[Array, float]:
    """Return the height of the line between the lips at `x`, and the mouth's half width."""
    half = p.mouth_width * (1 + 0.22 * max(e.smile, 0) - 0.12 * e.mouth_open)
    return p.mouth_height + 0.075 * e.smile * ((x / half) ** 2 - 0.35), half


def _mouth(p: Person, e: Expression, colour: Floats, gloss: Array, x: Array, y: Array) -> None:
    at = np.flatnonzero((np.abs(x) < 0.5) & (np.abs(y - p.mouth_height) < 0.3))
    if not len(at):
        return
    mx, my = x[at], y[at]
    line, half = mouth_line(p, e, mx)
    u = mx / half
    arch = np.maximum(1 - u**2, 0)
    gap = (0.11 * e.mouth_open + 0.03 * max(e.smile - 0.35, 0)) * arch**0.8
    bow = 1 - 0.35 * np.exp(-((u / 0.16) ** 2)) - 0.15 * np.abs(u)
    top = line + 0.4 * gap + 1.25 * p.upper_lip * arch**0.6 * bow
    bottom = line - 0.6 * gap - 1.25 * p.lower_lip * arch**0.8
    ends = _edge(1 - np.abs(u), 0.06)
    lips = _edge(top - my) * _edge(my - bottom) * ends
    local, shine = colour[at], gloss[at]
    own = np.asarray(p.skin, dtype=np.float32) * np.array([0.72, 0.42, 0.42], dtype=np.float32)
    tone = np.asarray(p.lipstick, dtype=np.float32) if p.lipstick else own
    shade = np.where(my > line, 0.8, 1.05).astype(np.float32)
    _cover(local, tone * shade[:, None], (0.95 if p.lipstick else 0.8) * lips)
    inner_top, inner_bottom = line + 0.4 * gap, line - 0.6 * gap
    open_ = _edge(inner_top - my, 0.01) * _edge(my - inner_bottom, 0.01) * ends * _edge(gap - 0.012)
    _cover(local, (0.03, 0.008, 0.008), open_)
    teeth = _edge(my - inner_top + 0.052) * _edge(0.86 - np.abs(u), 0.1)
    _cover(local, (0.70, 0.66, 0.58), open_ * teeth)
    seam = np.exp(-0.5 * ((my - inner_top) / 0.009) ** 2) * ends
    _darken(local, 0.65 * seam * (1 - open_))
    shine[:] = np.maximum(shine, (0.5 if p.lipstick else 0.25) * lips * (1 - open_))
    colour[at], gloss[at] = local, shine


def _beard(p: Person, colour: Floats, x: Array, y: Array) -> None:
    if p.beard_style == "none":
        return
    side, w = np.abs(x), p.beard_width
    mouth, bottom = p.mouth_height, p.nose_bottom
    ragged = 0.012 * noise(x * 130, y * 30, offset=p.texture)
    lip = mouth + 1.3 * p.upper_lip
    moustache_line = bottom - 0.035 - 0.25 * side**1.5
    moustache = _edge(moustache_line - y + ragged, 0.03) * _edge(y - lip + 0.35 * side - 0.01, 0.03)
    moustache *= _edge(0.27 * w - side + ragged, 0.03)
    chin = _edge(mouth - 1.5 * p.lower_lip - 0.02 - y + ragged, 0.04)
    cheek = _edge(mouth + 0.03 * w + 1.3 * np.maximum(side - 0.24, -0.2) - y + ragged, 0.06)
    lips_free = 1 - _edge(1.3 * p.mouth_width - side, 0.03) * _edge(
        y - mouth + 2 * p.lower_lip, 0.03
    )
    jaw = cheek * np.maximum(lips_free, chin)
    outline = 0.86 * cross_section(p, y)[0]
    strap = jaw * np.maximum(_edge(-0.82 - y + ragged, 0.05), _edge(side - outline + ragged, 0.05))
    share = {
        "stubble": 0.5 * np.maximum(moustache, jaw),
        "moustache": moustache,
        "goatee": chin * _edge(0.17 * w - side + ragged, 0.04),
        "circle": np.maximum(
            moustache, np.maximum(chin, _edge(side - 1.15 * p.mouth_width, 0.03))
            * _edge(1.35 * p.mouth_width * w - side + ragged, 0.04) * _edge(bottom - 0.1 - y, 0.05)
        ),
        "chin strap": strap,
        "full": np.maximum(moustache, jaw),
        "long": np.maximum(moustache, jaw),
    }[p.beard_style]  # fmt: skip
    strands = 1 + 0.22 * noise(x * 120, y * 45, offset=p.texture)
    tone = np.asarray(p.hair, dtype=np.float32) * 0.8 * strands[:, None]
    _cover(colour, tone, 0.93 * share)


def _stubble_of_scalp(p: Person, colour: Floats, x: Array, y: Array) -> None:
    """Darken the scalp below hair, so that a hairline does not end in bare skin."""
    if p.hair_style in ("bald", "horseshoe"):
        return
    share = 0.75 * _edge(y - p.hairline - 0.05 - 0.1 * (np.abs(x) > 1), 0.12)
    _cover(colour, np.asarray(p.hair, dtype=np.float32) * 0.8, share.astype(np.float32))


def ear(person: Person, uv: Floats) -> Floats:
    """Return the (k, 3) colour of ears at an ear's own coordinates."""
    colour = np.broadcast_to(np.asarray(person.skin, np.float32), (len(uv), 3)).copy()
    colour *= np.array([1.0, 0.86, 0.84], dtype=np.float32)
    _darken(colour, 0.5 * _spot(uv[:, 0], uv[:, 1], (-0.15, 0.1), (0.35, 0.4)))
    return colour


def strands(person: Person, uv: Floats) -> tuple[Floats, Array]:
    """Return the colour and gloss of hair at longitudes and heights on its shell."""
    wave = 5 * np.sin(uv[:, 1] * 9) * (person.hair_style == "wavy")
    fine = noise(uv[:, 0] * 55 + wave, uv[:, 1] * 7, offset=person.texture)
    broad = noise(uv[:, 0] * 26 + wave, uv[:, 1] * 5, offset=person.texture, sigma=3.0)
    if person.hair_style in ("curly", "afro"):
        broad = noise(uv[:, 0] * 26, uv[:, 1] * 26, offset=person.texture, sigma=3.0)
    tone = np.clip(1 + 0.22 * fine + 0.28 * broad, 0.3, 2)
    grey = np.asarray(person.hair, dtype=np.float32)
    gloss = 0.18 * np.clip(1 + 0.6 * fine, 0, 2)
    return grey * tone[:, None], gloss.astype(np.float32)
