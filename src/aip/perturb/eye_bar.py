"""Eye bar: a black bar over the eyes, as newspapers print over suspects."""

import numpy as np
from numpy.typing import NDArray

from aip.perturb.cover import cover


def eye_bar(
    head: NDArray[np.uint8], *, bar_top: float, bar_height: float, bar_width: float
) -> NDArray[np.uint8]:
    """Black out the eyes; parameters as in `aip.perturb.cover.cover`."""
    return cover(head, top=bar_top, height=bar_height, width=bar_width)
