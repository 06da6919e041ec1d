"""Convnets by name: torchvision's, timm's, and those that have a page here.

Each page offers::

    build(arch, weights) -> Module       # (n, 3, height, width) normalised → (n, d) features
    statistics(arch, net) -> Statistics  # how its input is normalised
"""

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from aip.errors import BadInput, unknown

if TYPE_CHECKING:
    from torch import nn

# Nets with a page of their own; any other is torchvision's, or timm's where it begins with "timm:".
OWN = {
    "mobilefacenet": "mobilefacenet",
    "caffe:alexnet": "caffe.alexnet",
    "caffe:vgg16": "caffe.vgg16",
    "caffe:googlenet": "caffe.googlenet",
    "caffe:resnet152": "caffe.resnet152",
}


class Statistics(NamedTuple):
    """What is subtracted from an image's channels, and what they are then divided by; 0–255."""

    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]


# (height, width) of the input that a net was made for; 224 × 224 where it is not named.
INPUT_SIZES = {"alexnet": (227, 227), "caffe:alexnet": (227, 227), "mobilefacenet": (112, 96)}

# Nets that take no other input.
ONE_SIZE = ("mobilefacenet", "caffe:alexnet", "caffe:vgg16")


def input_size(arch: str, given: int | list[int] | None) -> list[int]:
    """Return a net's input as [height, width]: as given, a square, or what it was made for.

    Examples
    --------
    >>> input_size("mobilefacenet", None), input_size("resnet18", 64)
    ([112, 96], [64, 64])
    """
    made_for = list(INPUT_SIZES.get(arch, (224, 224)))
    if given is None:
        return made_for
    size = [given, given] if isinstance(given, int) else given
    if arch in ONE_SIZE and size != made_for:
        raise BadInput(
            f"config: recognisers: input_size of {arch}: found {given}, expected {made_for}, the "
            "only one that it takes"
        )
    return size


# Those of ImageNet.
IMAGENET = Statistics((123.675, 116.28, 103.53), (58.395, 57.12, 57.375))


class Source(Protocol):
    """What a page of nets offers."""

    def build(self, arch: str, weights: str | None) -> "nn.Module":
        """Build a net that gives features."""

    def statistics(self, arch: str, net: "nn.Module") -> Statistics:
        """Return how its input is normalised."""


def takes_mean(arch: str) -> bool:
    """Say whether a net can be given another mean to subtract from its input."""
    return arch.startswith("caffe:")


def module(arch: str) -> str:
    """Return the name of the module that builds a net.

    Raises
    ------
    BadInput
        Caffe has no such net here.
    """
    if arch.startswith("caffe:") and arch not in OWN:
        raise unknown("recogniser", "arch", arch, [a for a in OWN if a.startswith("caffe:")])
    page = "timm" if arch.startswith("timm:") else OWN.get(arch, "torchvision")
    return f"{__name__}.{page}"


def source(arch: str) -> Source:
    """Return the page that builds a net."""
    return cast(Source, import_module(module(arch)))
