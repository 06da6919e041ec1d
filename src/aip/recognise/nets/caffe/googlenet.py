"""GoogLeNet (Szegedy et al. 2015), as Caffe's ``bvlc_googlenet``: pool5, 1024 features.

Made for an input of 224 × 224. It has local response normalisation and no batch normalisation,
and a convolution of 5 × 5 where later versions have 3 × 3.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from aip.recognise.nets.caffe.layers import ResponseNorm, pool
from aip.recognise.nets.caffe.weights import assemble, statistics

__all__ = ["build", "statistics"]

# Module → channels of its 1x1, 3x3_reduce, 3x3, 5x5_reduce, 5x5 and pool_proj; None is a pooling.
MODULES = {
    "inception_3a": (64, 96, 128, 16, 32, 32),
    "inception_3b": (128, 128, 192, 32, 96, 64),
    "pool3/3x3_s2": None,
    "inception_4a": (192, 96, 208, 16, 48, 64),
    "inception_4b": (160, 112, 224, 24, 64, 64),
    "inception_4c": (128, 128, 256, 24, 64, 64),
    "inception_4d": (112, 144, 288, 32, 64, 64),
    "inception_4e": (256, 160, 320, 32, 128, 128),
    "pool4/3x3_s2": None,
    "inception_5a": (256, 160, 320, 32, 128, 128),
    "inception_5b": (384, 192, 384, 48, 128, 128),
}


def build(arch: str, weights: str | None) -> nn.Module:  # noqa: ARG001
    """Build the net; parameters as in `aip.recognise.nets.building.build`."""
    layers: dict[str, nn.Module] = {
        "conv1/7x7_s2": nn.Conv2d(3, 64, 7, stride=2, padding=3),
        "conv1/relu_7x7": nn.ReLU(),
        "pool1/3x3_s2": pool(),
        "pool1/norm1": ResponseNorm(64),
        "conv2/3x3_reduce": nn.Conv2d(64, 64, 1),
        "conv2/relu_3x3_reduce": nn.ReLU(),
        "conv2/3x3": nn.Conv2d(64, 192, 3, padding=1),
        "conv2/relu_3x3": nn.ReLU(),
        "conv2/norm2": ResponseNorm(192),
        "pool2/3x3_s2": pool(),
    }
    channels = 192
    for name, widths in MODULES.items():
        if widths is None:
            layers[name] = pool()
        else:
            layers[name] = inception = _Inception(name, channels, widths)
            channels = inception.channels
    layers |= {
        "pool5/7x7_s1": nn.AdaptiveAvgPool2d(1),
        "pool5/drop_7x7_s1": nn.Dropout(0.4),
        "flatten": nn.Flatten(),
    }
    return assemble(layers, weights)


class _Inception(nn.Module):
    """Four branches over a map, concatenated; `widths` as in `MODULES`."""

    def __init__(self, name: str, channels: int, widths: Sequence[int]) -> None:
        super().__init__()
        one, to_three, three, to_five, five, pooled = widths
        self.channels = one + three + five + pooled
        ways: list[dict[str, nn.Module]] = [
            {"1x1": nn.Conv2d(channels, one, 1)},
            {
                "3x3_reduce": nn.Conv2d(channels, to_three, 1),
                "3x3": nn.Conv2d(to_three, three, 3, padding=1),
            },
            {
                "5x5_reduce": nn.Conv2d(channels, to_five, 1),
                "5x5": nn.Conv2d(to_five, five, 5, padding=2),
            },
            {
                "pool": nn.MaxPool2d(3, stride=1, padding=1),
                "pool_proj": nn.Conv2d(channels, pooled, 1),
            },
        ]
        self.ways = nn.ModuleList(nn.Sequential() for _ in ways)
        for way, layers in zip(self.ways, ways, strict=True):
            for part, layer in layers.items():
                way.add_module(f"{name}/{part}", layer)
                if isinstance(layer, nn.Conv2d):
                    way.add_module(f"{name}/relu_{part}", nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([way(x) for way in self.ways], 1)
