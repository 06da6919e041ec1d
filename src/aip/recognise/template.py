"""Where a net wants to see a face: five landmarks of its input, and what brings a head's there."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aip.compute.scalars import is_finite
from aip.errors import BadInput

# Of ArcFace's input of 112 × 112 pixels (Deng et al. 2019), as InsightFace publishes it: the eye on
# the left of the picture, the one on the right, the tip of the nose, the corners of the mouth.
ARCFACE = (
    (38.2946, 51.6963),
    (73.5318, 51.5014),
    (56.0252, 71.7366),
    (41.5493, 92.3655),
    (70.7299, 92.2041),
)
SIDE = 112

# Of dlib's chip of 150 × 150 pixels: the centres of the eyes, the nose and the corners of the mouth
# of the mean face of its 68 landmarks, with its padding of a quarter on all sides.
DLIB = [[47.55, 46.6], [100.48, 46.6], [74.01, 76.56], [50.41, 103.02], [97.61, 103.02]]

# The module of the detector, which only recognisers that align heads follow from.
FINDER = "aip.recognise.finder"

Template = Sequence[Sequence[float]]  # five places (x, y) in pixels of an input

POINTS = len(ARCFACE)
LEAST = 1.0  # pixels in root mean square; landmarks that lie closer together have no direction


def arcface(input_size: Sequence[int]) -> Template:
    """Return ArcFace's template for an input: as high as it, and in the middle of its width.

    Examples
    --------
    >>> arcface((112, 96))[2], arcface((224, 224))[2]
    ([48.0252, 71.7366], [112.0504, 143.4732])
    """
    height, width = input_size
    scale = height / SIDE
    beside = (width - SIDE * scale) / 2
    return [[round(x * scale + beside, 4), round(y * scale, 4)] for x, y in ARCFACE]


def template_of(arch: str, input_size: Sequence[int]) -> Template:
    """Return the template that a net was taught with, as far as it is known; else ArcFace's."""
    return DLIB if arch == "dlib" else arcface(input_size)


def check_template(template: object, input_size: Sequence[int], *, where: str) -> Template:
    """Refuse what is not five places (x, y) within an input of (height, width) pixels.

    Raises
    ------
    BadInput
        It is not, or the places have no extent.
    """
    height, width = input_size
    points = template.tolist() if isinstance(template, np.ndarray) else template
    if not _are_points(points):
        raise BadInput(f"{where}: found {template!r}, expected {POINTS} pairs of numbers, x and y")
    found = np.array(points, np.float64)
    outside = (found < 0).any(1) | (found > (width - 1, height - 1)).any(1)
    if outside.any():
        x, y = found[outside][0]
        raise BadInput(
            f"{where}: found the place x {x:g}, y {y:g}, which does not fit an input of {height} × "
            f"{width} pixels; expected x from 0 to {width - 1} and y from 0 to {height - 1}"
        )
    if not is_spread(found):
        raise BadInput(f"{where}: found {POINTS} places that are all one, expected a face's")
    return [[float(x), float(y)] for x, y in found]


def _are_points(points: object) -> bool:
    return (
        isinstance(points, Sequence)
        and len(points) == POINTS
        and all(isinstance(p, Sequence) and len(p) == 2 and all(map(is_finite, p)) for p in points)
    )


def is_spread(landmarks: NDArray[np.float64]) -> bool:
    """Say whether (5, 2) landmarks are known, and far enough apart to say where a face looks."""
    spread = np.sqrt(((landmarks - landmarks.mean(0)) ** 2).sum(1).mean())
    return bool(spread >= LEAST)  # False where it is NaN


def similarity(landmarks: ArrayLike, template: ArrayLike) -> NDArray[np.float64]:
    """Return the similarity that brings landmarks nearest to a template, in least squares.

    That of Umeyama (*Least-squares estimation of transformation parameters between two point
    patterns*, PAMI 1991) in the plane, where z ↦ a z + b over the complex numbers turns, scales and
    shifts, and never mirrors.

    Parameters
    ----------
    landmarks, template : (m, 2) arrays
        Places (x, y), m ≥ 2; the landmarks not all one.

    Returns
    -------
    (2, 3) array
        Maps (x, y, 1) near the landmarks to (x, y) near the template.
    """
    p, q = (np.asarray(points, np.float64) @ (1, 1j) for points in (landmarks, template))
    centred = p - p.mean()
    a = np.vdot(centred, q - q.mean()) / np.vdot(centred, centred).real
    b = q.mean() - a * p.mean()
    return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag]])
