"""A gradient for processing whose own gradient is zero or undefined."""

from torch import Tensor


def straight_through(images: Tensor, processed: Tensor) -> Tensor:
    """Return `processed`, to the bit, with the gradient of `images`.

    The backward pass treats the processing as the identity (backward-pass differentiable
    approximation, Athalye et al. 2018, section 4.1).

    Parameters
    ----------
    images, processed : (n, 3, height, width) tensor
        Before and after.
    """
    return processed.detach() + (images - images.detach())
