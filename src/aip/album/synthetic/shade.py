"""How light falls on a surface."""

import numpy as np
from numpy.typing import NDArray

from aip.album.synthetic.mesh import Floats
from aip.album.synthetic.scene import Light

_WRAP = 0.18  # how far light creeps past the edge of its side, as it does in skin
_SQUARINGS = 4  # the highlight's exponent is 2 to this power


def shade(
    albedo: Floats, normals: Floats, gloss: NDArray[np.float32] | float, light: Light
) -> Floats:
    """Return the linear light that surfaces send to the camera.

    Parameters
    ----------
    albedo : (k, 3) float32
        Linear RGB in 0–1.
    normals : (k, 3) float32
        Unit normals; x right, y up, z to the camera.
    gloss : (k,) float32 or float
        Strength of the highlight.
    light : Light
        Of the scene.
    """
    direction = np.asarray(light.direction, dtype=np.float32)
    key, sky, ground = (
        np.asarray(value, dtype=np.float32) for value in (light.key, light.sky, light.ground)
    )
    facing = np.clip((normals @ direction + _WRAP) / (1 + _WRAP), 0, 1)
    up = 0.5 + 0.5 * normals[:, 1:2]
    reached = facing[:, None] * key + ground + up * (sky - ground)
    half = direction + np.array([0, 0, 1], dtype=np.float32)
    half /= np.linalg.norm(half)
    lobe = np.clip(normals @ half, 0, 1)
    for _ in range(_SQUARINGS):
        lobe *= lobe
    highlight = gloss * lobe * facing
    return np.asarray(albedo * reached + highlight[:, None] * key, dtype=np.float32)
