"""Augmentation: what a head of the train subset may look like, drawn anew every epoch."""

from torch import Tensor
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional

from aip.draws import generator


def augment(head: Tensor, input_size: int, seed: int, number: int, epoch: int) -> Tensor:
    """Return a random variant of a head: mirrored, turned, moved, scaled, in another light.

    Parameters
    ----------
    head : (3, m, m) uint8 tensor
        The head with a margin around the input, m as `with_margin` gives it.
    input_size : int
        The side of the square to return, in pixels.
    seed, number, epoch : int
        The draw depends on these alone; `number` is the head's.

    Returns
    -------
    (3, input_size, input_size) uint8 tensor
    """
    rng = generator(seed, "augment", number, epoch)
    if rng.random() < 0.5:
        head = functional.horizontal_flip(head)
    reach = 0.06 * input_size
    head = functional.affine(
        head,
        angle=rng.uniform(-10, 10),
        translate=[rng.uniform(-reach, reach), rng.uniform(-reach, reach)],
        scale=rng.uniform(0.9, 1.15),
        shear=[0.0, 0.0],
        interpolation=InterpolationMode.BILINEAR,
    )
    head = functional.center_crop(head, [input_size, input_size])
    head = functional.adjust_brightness(head, rng.uniform(0.65, 1.35))
    head = functional.adjust_contrast(head, rng.uniform(0.7, 1.3))
    drawn: Tensor = functional.adjust_saturation(head, rng.uniform(0.7, 1.3))
    return drawn


def with_margin(input_size: int) -> int:
    """Return the side that heads are resized to before they are moved and cropped."""
    return input_size + 2 * (input_size // 16)
