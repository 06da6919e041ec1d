"""No perturbation: the photo as it is, the baseline of every method."""

import numpy as np
from numpy.typing import NDArray


def none(head: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Publish the head as it is."""
    return head
