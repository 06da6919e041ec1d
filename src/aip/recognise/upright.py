"""Finding the faces of photos that may lie on their side or on their head."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from aip.recognise.detector import Faces

Find = Callable[[Sequence[NDArray[np.uint8]]], list[Faces]]


def find_upright(find: Find, photo: NDArray[np.uint8]) -> tuple[Faces, int]:
    """Find a photo's faces; where there are none, also in the photo turned.

    Of the three turns, the one counts whose best face has the highest score.

    Parameters
    ----------
    find : callable
        Finds the faces of images, as `aip.recognise.detector.Detector` does.
    photo : (h, w, 3) uint8 array

    Returns
    -------
    Faces
        In pixels of the photo as it is. The order of landmarks is that of the turned photo.
    int
        By how many degrees the photo was turned counterclockwise: 0, 90, 180 or 270.
    """
    (faces,) = find([photo])
    if len(faces.scores):
        return faces, 0
    size = photo.shape[1], photo.shape[0]
    found = [find([np.ascontiguousarray(np.rot90(photo, turns))])[0] for turns in (1, 2, 3)]
    best = max(range(3), key=lambda n: found[n].scores.max(initial=0))
    if not len(found[best].scores):
        return faces, 0
    return turned_back(found[best], best + 1, size), 90 * (best + 1)


def turned_back(faces: Faces, turns: int, size: tuple[int, int]) -> Faces:
    """Return faces that were found in a turned photo as they lie in the photo itself.

    Parameters
    ----------
    faces : Faces
    turns : int
        How many quarter turns counterclockwise the photo was turned by.
    size : (width, height)
        Of the photo as it is.
    """
    corners, points = faces.boxes.reshape(-1, 2, 2), faces.landmarks
    for turn in range(turns, 0, -1):
        # The photo that this turn started from is as wide as what it made is high.
        width = size[0] if turn % 2 else size[1]
        corners, points = _back(corners, width), _back(points, width)
    boxes = np.concatenate([corners.min(1), corners.max(1)], 1)
    return Faces(boxes.astype(np.float32), faces.scores, points.astype(np.float32))


def _back(points: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """Turn (…, 2) points a quarter clockwise, into an image of a width."""
    return np.stack([width - points[..., 1], points[..., 0]], -1)
