"""Work in blocks of one size, so that results do not depend on how work was divided."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Convolution kernels may round differently for another batch size, and a hundred steps of an
# attack amplify the difference. So every batch that a net sees has this many images, on a GPU as on
# a processor. To fill a GPU, blocks are worked on side by side.
BLOCK = 16


class Block(NamedTuple):
    """A block of items.

    Attributes
    ----------
    positions : (size,) int64 array
    valid : int
        How many of them count; the rest repeat the last item.
    """

    positions: NDArray[np.int64]
    valid: int


def blocks(count: int, size: int = BLOCK) -> Iterator[Block]:
    """Divide `count` items into blocks of exactly `size`, the last filled up by repetition.

    Examples
    --------
    >>> [(positions.tolist(), valid) for positions, valid in blocks(5, 3)]
    [([0, 1, 2], 3), ([3, 4, 4], 2)]
    """
    for start in range(0, count, size):
        positions = np.minimum(np.arange(start, start + size), count - 1)
        yield Block(positions, min(size, count - start))
