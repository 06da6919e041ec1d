"""Augmentation: a new random variant of each head of the train subset in every epoch."""

from collections.abc import Sequence

from torch import Tensor
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional

from aip.compute.draws import generator

REACH = 0.06  # the largest shift, as a share of a side


def augment(head: Tensor, input_size: Sequence[int], seed: int, number: int, epoch: int) -> Tensor:
    """Return a random variant of a head: mirrored, turned, moved, scaled, in another light.

    Parameters
    ----------
    head : (3, m, n) uint8 tensor
        The head with a margin around the input, m and n as `with_margin` gives it.
    input_size : (height, width)
        The size of the result, in pixels.
    seed, number, epoch : int
        The draw depends on these alone; `number` is the head's.

    Returns
    -------
    (3, height, width) uint8 tensor
    """
    height, width = input_size
    rng = generator(seed, "augment", number, epoch)
    if rng.random() < 0.5:
        head = functional.horizontal_flip(head)
    head = functional.affine(
        head,
        angle=rng.uniform(-10, 10),
        translate=[rng.uniform(-reach, reach) for reach in (REACH * width, REACH * height)],
        scale=rng.uniform(0.9, 1.15),
        shear=[0.0, 0.0],
        interpolation=InterpolationMode.BILINEAR,
    )
    head = functional.center_crop(head, [height, width])
    head = functional.adjust_brightness(head, rng.uniform(0.65, 1.35))
    head = functional.adjust_contrast(head, rng.uniform(0.7, 1.3))
    drawn: Tensor = functional.adjust_saturation(head, rng.uniform(0.7, 1.3))
    return drawn


def with_margin(input_size: Sequence[int]) -> tuple[int, int]:
    """Return the size that heads are resized to before they are moved and cropped."""
    height, width = (side + 2 * (side // 16) for side in input_size)
    return height, width
