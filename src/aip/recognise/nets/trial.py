"""Checking a net that a user brings, by computing features of a few made-up images."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from aip.errors import BadInput, unknown
from aip.recognise.nets import source
from aip.recognise.nets.building import cut, cut_points
from aip.recognise.nets.published import is_published

IMAGES = 3
TOLERANCE = 1e-2  # of features computed one by one, beside those of a batch


def check_brought(
    arch: str, weights: str | None, layer: str | None, size: Sequence[int], where: str
) -> None:
    """Refuse a net that does not give a vector for each image, finite and differentiable.

    Parameters and errors as for `aip.recognise.nets.names.check_net`; this builds the net, and so
    runs a user's code.
    """
    if weights is not None and is_published(weights):
        raise unknown(where, f"weights of {arch}", weights, ["a file", "null"])
    try:
        net = source(arch).build(arch, weights).eval()
        if layer is not None:
            if layer not in cut_points(net):
                raise unknown(where, "feature_layer", layer, cut_points(net))
            net = cut(net, layer).eval()
        _check_features(net, size)
    except BadInput as error:
        said = str(error)
        raise BadInput(said if said.startswith(where) else f"{where}: {said}") from error
    except Exception as error:  # PyTorch and a user's code raise many types
        reason = " ".join(str(error).split()) or type(error).__name__
        raise BadInput(
            f"{where}: {arch} computes nothing of an input_size of {list(size)}: {reason}"
        ) from error


def _check_features(net: nn.Module, size: Sequence[int]) -> None:
    draws = torch.Generator().manual_seed(0)
    images = 2 * torch.rand(IMAGES, 3, *size, generator=draws) - 1
    images[0] = 0
    images.requires_grad_()
    features = net(images)
    if not isinstance(features, Tensor):
        raise BadInput(f"found {type(features).__name__} as the output, expected features")
    if features.ndim != 2 or len(features) != IMAGES:
        raise BadInput(
            f"found an output of shape {tuple(features.shape)} for {IMAGES} images, expected "
            f"features of shape ({IMAGES}, d)"
        )
    if not bool(features.isfinite().all()):
        raise BadInput("found features that are infinite or no numbers (NaN), expected finite ones")
    if not features.requires_grad:
        raise BadInput(
            "found features that PyTorch cannot differentiate by the image, which attacks need"
        )
    with torch.no_grad():
        alone = torch.cat([net(image[None]) for image in images])
        differing = float((alone - features).norm()) / float(features.norm().clamp(min=1e-12))
    if differing > TOLERANCE:
        raise BadInput("found features of an image that depend on the others of its batch")
