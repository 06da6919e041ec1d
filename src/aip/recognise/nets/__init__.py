"""Convnets by name: torchvision's, libraries', those that have a module here, and those of users.

Each module offers::

    build(arch, weights) -> Module       # (n, 3, height, width) normalised → (n, d) features;
                                         # weights is a file, or None for random ones
    statistics(arch, net) -> Statistics  # how its input is normalised

One of nets that users bring also offers::

    made_for(arch) -> [height, width]    # of its input, or None if only the user knows
    sources(arch) -> list of Path        # the files whose content makes the net
    restore(path) -> Module              # if a state dict says all of it: that net, not yet filled
"""

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from aip.errors import unknown
from aip.store.registry import Registry

if TYPE_CHECKING:
    from torch import nn

# Nets with a module of their own; others are a user's, a library's, or torchvision's.
OWN: Registry = {
    "mobilefacenet": "mobilefacenet",
    "faceres": "faceres",
    "dlib": "dlib",
    "fp512": "fp512",
    "caffe:alexnet": "caffe.alexnet",
    "caffe:vgg16": "caffe.vgg16",
    "caffe:googlenet": "caffe.googlenet",
    "caffe:resnet152": "caffe.resnet152",
}


# What begins the name of a net that a user brings, and the module that builds it.
BROUGHT: Registry = {"onnx:": "onnx", "module:": "own_code"}

# Libraries of nets, whose names come after a colon; each has a module here.
LIBRARIES = ("timm", "frbench")


class Statistics(NamedTuple):
    """The mean to subtract from an image's channels, and the deviation to divide by; 0–255."""

    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]


# The statistics of ImageNet.
IMAGENET = Statistics((123.675, 116.28, 103.53), (58.395, 57.12, 57.375))
# Those of most nets of faces.
FACES = Statistics((127.5, 127.5, 127.5), (128.0, 128.0, 128.0))


class Source(Protocol):
    """The functions of a module of nets."""

    def build(self, arch: str, weights: str | None) -> "nn.Module":
        """Build a net that gives features."""

    def statistics(self, arch: str, net: "nn.Module") -> Statistics:
        """Return how its input is normalised."""


def takes_mean(arch: str) -> bool:
    """Tell whether a net takes another mean to subtract from its input."""
    return arch.startswith("caffe:")


def brought(arch: str) -> str | None:
    """Return what begins the name of a net that a user brings; None for other nets.

    Examples
    --------
    >>> brought("onnx:faces/arcface.onnx"), brought("mobilefacenet")
    ('onnx:', None)
    """
    return next((beginning for beginning in BROUGHT if arch.startswith(beginning)), None)


def module(arch: str) -> str:
    """Return the name of the module that builds a net.

    Raises
    ------
    BadInput
        There is no such Caffe net here.
    """
    if arch.startswith("caffe:") and arch not in OWN:
        raise unknown("recogniser", "arch", arch, [a for a in OWN if a.startswith("caffe:")])
    if beginning := brought(arch):
        return f"{__name__}.{BROUGHT[beginning]}"
    library = arch.partition(":")[0] if ":" in arch else ""
    name = library if library in LIBRARIES else OWN.get(arch, "torchvision")
    return f"{__name__}.{name}"


def source(arch: str) -> Source:
    """Return the module that builds a net."""
    return cast(Source, import_module(module(arch)))
