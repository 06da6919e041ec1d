"""Resizing heads to a recogniser's input, and perturbations to a head's native size."""

from torch import Tensor
from torch.nn.functional import interpolate


def resize(images: Tensor, height: int, width: int) -> Tensor:
    """Resize bilinearly with antialiasing, without keeping the aspect ratio.

    Parameters
    ----------
    images : (n, 3, h, w) float tensor
    height, width : int
        The new size in pixels.

    Returns
    -------
    (n, 3, height, width) float tensor
    """
    if images.shape[-2:] == (height, width):
        return images
    return interpolate(
        images, (height, width), mode="bilinear", align_corners=False, antialias=True
    )
