"""Black box: the face blacked out from the forehead to the chin, hair and ears left."""

import numpy as np
from numpy.typing import NDArray

from aip.perturb.cover import cover


def black_box(
    head: NDArray[np.uint8], *, box_top: float, box_height: float, box_width: float
) -> NDArray[np.uint8]:
    """Black out the face; parameters as in `aip.perturb.cover.cover`."""
    return cover(head, top=box_top, height=box_height, width=box_width)
