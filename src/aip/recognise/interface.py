"""The interface of a net that is attacked or scores, any module from images to scores."""

from itertools import chain

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from aip.compute.device import CPU, ran_out
from aip.compute.scalars import is_whole
from aip.errors import BadInput
from aip.process.resize import resize
from aip.recognise.recogniser import Recogniser
from aip.recognise.template import POINTS

BEYOND = 0.01  # how far rounding in float32 may lead outside 0–255


def score(net: nn.Module, images: Tensor) -> Tensor:
    """Return the (n, identities) scores of (n, 3, h, w) images on the 0–255 scale.

    A `Recogniser` sees them resized to its input, any other net as they are.
    """
    if isinstance(net, Recogniser):
        images = resize(images, *net.input_size)
    scores: Tensor = net(images)
    return scores


def aligns(net: nn.Module) -> bool:
    """Say whether a net is a `Recogniser` that sees heads by their landmarks."""
    return isinstance(net, Recogniser) and net.template is not None


def device_of(net: nn.Module) -> torch.device:
    """Return where a net computes; one without parameters and buffers, on the processor."""
    return next((tensor.device for tensor in chain(net.parameters(), net.buffers())), CPU)


def check_net(net: nn.Module, device: torch.device, *, where: str) -> None:
    """Refuse what is not a net, a net in training mode, and a net on another device.

    In training mode, the scores would depend on the batch's statistics, and scoring would change
    the net's.
    """
    if not isinstance(net, nn.Module):
        raise BadInput(f"{where}: found {type(net).__name__}, expected a torch.nn.Module")
    if any(module.training for module in net.modules()):
        raise BadInput(
            f"{where}: found {type(net).__name__} in training mode, expected it in evaluation "
            "mode: call its eval() first"
        )
    for tensor in chain(net.parameters(), net.buffers()):
        if tensor.device != device:
            raise BadInput(
                f"{where}: found {type(net).__name__} on {tensor.device}, and the heads on {device}"
            )


def check_images(images: Tensor, *dtypes: torch.dtype, where: str) -> None:
    """Refuse images that are not (n, 3, height, width) tensors of 0–255, or of another type."""
    if not isinstance(images, Tensor):
        raise BadInput(f"{where}: found {type(images).__name__}, expected a tensor")
    if images.dtype not in dtypes or images.ndim != 4 or images.shape[1] != 3:
        types = " or ".join(str(dtype).removeprefix("torch.") for dtype in dtypes)
        raise BadInput(
            f"{where}: found {images.dtype} of shape {tuple(images.shape)}, expected {types} of "
            "shape (n, 3, height, width)"
        )
    if not images.numel():
        raise BadInput(f"{where}: found shape {tuple(images.shape)}, expected at least one head")
    low, high = float(images.min()), float(images.max())
    if not (low >= -BEYOND and high <= 255 + BEYOND):
        raise BadInput(f"{where}: found values from {low:g} to {high:g}, expected 0 to 255")


def check_head(head: NDArray[np.uint8], *, where: str) -> None:
    """Refuse a head that is no (height, width, 3) uint8 array."""
    if not isinstance(head, np.ndarray):
        raise BadInput(f"{where}: found {type(head).__name__}, expected a uint8 array")
    if head.dtype != np.uint8 or head.shape[2:] != (3,) or not head.size:
        raise BadInput(
            f"{where}: found {head.dtype} of shape {head.shape}, expected uint8 of shape "
            "(height, width, 3)"
        )


def check_landmarks(
    landmarks: NDArray[np.float64], count: int, *, where: str
) -> NDArray[np.float64]:
    """Refuse what is no (count, 5, 2) array of landmarks; return it as float64."""
    try:
        found = np.asarray(landmarks, np.float64)
    except (TypeError, ValueError, RuntimeError) as error:
        raise BadInput(
            f"{where}: found no array of numbers, expected shape ({count}, {POINTS}, 2)"
        ) from error
    if found.shape != (count, POINTS, 2) or np.isinf(found).any():
        raise BadInput(
            f"{where}: found shape {found.shape}, expected ({count}, {POINTS}, 2): x and y in "
            "pixels of each head, or NaN where no face was found"
        )
    return found


def check_seed(seed: int) -> int:
    """Refuse a seed that is no whole number; return it as draws are keyed, as Python's own."""
    if not is_whole(seed):
        raise BadInput(f"seed: found {seed!r}, expected an int")
    return int(seed)


def check_ids(ids: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Refuse head numbers that are not whole or not `count`; return them as an array."""
    try:
        found = np.asarray(ids)
    except (TypeError, ValueError, RuntimeError) as error:
        raise BadInput(f"ids: found no array, expected integers of shape ({count},)") from error
    if found.shape != (count,) or not np.issubdtype(found.dtype, np.integer):
        raise BadInput(
            f"ids: found {found.dtype} of shape {found.shape}, expected integers of shape "
            f"({count},)"
        )
    return found


def count_identities(net: nn.Module, image: Tensor) -> int:
    """Return how many identities a net scores; there must be at least two.

    Parameters
    ----------
    net : Module
    image : (1, 3, h, w) tensor
        An image to show to the net, if only its scores tell their number.

    Raises
    ------
    BadInput
        PyTorch cannot compute the net for the image, or what it gives is not at least two finite
        scores. What else a net raises is its own.
    """
    if isinstance(net, Recogniser):
        count = len(net.identities)
    else:
        try:
            with torch.no_grad():
                scores = net(image)
        except RuntimeError as error:
            if ran_out(error):
                raise
            raise BadInput(
                f"{type(net).__name__}: found no scores for one {image.dtype} image of shape "
                f"{tuple(image.shape)}, expected them of shape (1, identities): {error}"
            ) from error
        if not isinstance(scores, Tensor) or scores.ndim != 2 or len(scores) != 1:
            found = tuple(scores.shape) if isinstance(scores, Tensor) else type(scores).__name__
            raise BadInput(
                f"{type(net).__name__}: found {found} for one image of shape {tuple(image.shape)}, "
                "expected scores of shape (1, identities)"
            )
        if not bool(scores.isfinite().all()):
            raise BadInput(f"{type(net).__name__}: found scores that are not finite")
        count = scores.shape[1]
    if count < 2:
        raise BadInput(f"{type(net).__name__}: found {count} score per head, expected at least 2")
    return count
