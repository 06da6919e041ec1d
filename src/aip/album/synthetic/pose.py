"""From head coordinates to the photo's pixels, and the head box that follows."""

import numpy as np

from aip.album.synthetic.hair import hair
from aip.album.synthetic.head import ears, skull
from aip.album.synthetic.mesh import Floats
from aip.album.synthetic.people import Person
from aip.album.synthetic.scene import Sitter
from aip.album.synthetic.wear import hat, shown_hair

PIVOT = np.array([0.0, -0.75, -0.15], dtype=np.float32)  # where the head turns on the neck
_DISTANCE = 9.0  # of the camera, in half heights of a head


def rotation(sitter: Sitter) -> Floats:
    """Return the (3, 3) matrix that turns the head: first yaw, then pitch, then roll."""
    (cy, sy), (cp, sp), (cr, sr) = (
        (np.cos(angle), np.sin(angle)) for angle in (sitter.yaw, sitter.pitch, -sitter.roll)
    )
    yaw = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    pitch = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    roll = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return np.asarray(roll @ pitch @ yaw, dtype=np.float32)


def turn(points: Floats, sitter: Sitter, follow: Floats | float = 1.0) -> Floats:
    """Turn (n, 3) points about the neck; where `follow` (n, 1) is 0 they stay with the torso."""
    turned = (points - PIVOT) @ rotation(sitter).T + PIVOT
    return np.asarray(points + (turned - points) * follow, dtype=np.float32)


def project(points: Floats, sitter: Sitter) -> Floats:
    """Return (n, 3) positions in the photo, x right and y down in pixels, and depth."""
    near = sitter.scale * _DISTANCE / (_DISTANCE - points[:, 2])
    return np.stack(
        [
            sitter.centre[0] + points[:, 0] * near,
            sitter.centre[1] - points[:, 1] * near,
            points[:, 2],
        ],
        -1,
    ).astype(np.float32)


def head_box(person: Person, sitter: Sitter) -> tuple[int, int, int, int]:
    """Return the head's box: the whole head with ears, what hair there is above the chin, and hat.

    Returns
    -------
    xmin, ymin, width, height : int
        Tight around the head, except for the annotator's error; it may pass the photo's edge.
    """
    whole = [skull(person, sitter.expression, 28, 41).points, ears(person).points]
    shell = hair(person, 28, 41)
    if shell is not None:
        kept = shown_hair(person, sitter, shell.uv) & (shell.points[:, 1] > -1)
        whole.append(shell.points[kept])
    whole.extend(crown.points for crown in hat(person, sitter)[:1])
    screen = project(turn(np.concatenate(whole), sitter), sitter)[:, :2]
    low, high = screen.min(0), screen.max(0)
    error = np.array(sitter.box_error).reshape(2, 2) * (high - low)
    left, top = (int(value) for value in np.floor(low + error[0]))
    right, bottom = (int(value) for value in np.ceil(high + error[1]))
    return left, top, right - left, bottom - top
