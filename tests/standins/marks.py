"""A net in a face detector's place, which finds marks, and photos with marks in them."""

import math
from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, pad

WIDTH, HEIGHT = 48, 64  # pixels of a mark's box
# y, x of the landmarks as shares of the box.
POINTS = ((0.4, 0.3), (0.4, 0.7), (0.6, 0.5), (0.8, 0.35), (0.8, 0.65))


class Marks(nn.Module):
    """Finds a red square of 4 pixels that lies two squares above a blue one."""

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        red, _, blue = avg_pool2d(images, 4).split(1, 1)
        above, below = pad(red[:, :, :-1], (0, 0, 1, 0)), pad(blue[:, :, 1:], (0, 0, 0, 1))
        heat = torch.minimum(above, below) / 255
        every = torch.ones_like(heat)
        scale = torch.cat([every * math.log(HEIGHT / 4), every * math.log(WIDTH / 4)], 1)
        points = torch.cat([every * share for point in POINTS for share in point], 1)
        return heat, scale, torch.zeros_like(scale), points


def photo(
    width: int, height: int, marks: Iterable[tuple[int, int, int]] = ()
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return a photo with marks, each (column and row of its centre in squares, strength)."""
    image = np.full((height, width, 3), 10, np.uint8)
    for column, row, strength in marks:
        for up, channel in ((-1, 0), (1, 2)):
            y, x = 4 * (row + up), 4 * column
            image[y : y + 4, x : x + 4, channel] = strength
    return image


def box(column: int, row: int) -> list[float]:
    """Return the box of a mark: x0, y0, x1, y1."""
    x, y = 4 * column + 2, 4 * row + 2
    return [x - WIDTH / 2, y - HEIGHT / 2, x + WIDTH / 2, y + HEIGHT / 2]
