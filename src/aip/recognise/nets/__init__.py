"""Convnets by name: torchvision's, timm's, and those that have a module here.

Each module offers::

    build(arch, weights) -> Module       # (n, 3, height, width) normalised → (n, d) features;
                                         # weights is a file, or None for random ones
    statistics(arch, net) -> Statistics  # how its input is normalised
"""

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from aip.errors import unknown
from aip.store.registry import Registry

if TYPE_CHECKING:
    from torch import nn

# Nets with a module of their own; others are timm's if they begin with "timm:", or torchvision's.
OWN: Registry = {
    "mobilefacenet": "mobilefacenet",
    "faceres": "faceres",
    "dlib": "dlib",
    "caffe:alexnet": "caffe.alexnet",
    "caffe:vgg16": "caffe.vgg16",
    "caffe:googlenet": "caffe.googlenet",
    "caffe:resnet152": "caffe.resnet152",
}


class Statistics(NamedTuple):
    """The mean to subtract from an image's channels, and the deviation to divide by; 0–255."""

    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]


# The statistics of ImageNet.
IMAGENET = Statistics((123.675, 116.28, 103.53), (58.395, 57.12, 57.375))


class Source(Protocol):
    """The functions of a module of nets."""

    def build(self, arch: str, weights: str | None) -> "nn.Module":
        """Build a net that gives features."""

    def statistics(self, arch: str, net: "nn.Module") -> Statistics:
        """Return how its input is normalised."""


def takes_mean(arch: str) -> bool:
    """Tell whether a net takes another mean to subtract from its input."""
    return arch.startswith("caffe:")


def module(arch: str) -> str:
    """Return the name of the module that builds a net.

    Raises
    ------
    BadInput
        There is no such Caffe net here.
    """
    if arch.startswith("caffe:") and arch not in OWN:
        raise unknown("recogniser", "arch", arch, [a for a in OWN if a.startswith("caffe:")])
    name = "timm" if arch.startswith("timm:") else OWN.get(arch, "torchvision")
    return f"{__name__}.{name}"


def source(arch: str) -> Source:
    """Return the module that builds a net."""
    return cast(Source, import_module(module(arch)))
