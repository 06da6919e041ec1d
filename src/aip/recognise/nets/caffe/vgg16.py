"""VGG-16 (Simonyan and Zisserman 2015), as its authors published it: up to fc7, 4096 features.

Input 224 × 224, no other.
"""

from torch import nn

from aip.recognise.nets.caffe.layers import last_layers
from aip.recognise.nets.caffe.weights import assemble, statistics

__all__ = ["build", "statistics"]

# The number of convolutions of each stage, and of their channels.
STAGES = [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)]


def build(arch: str, weights: str | None) -> nn.Module:  # noqa: ARG001
    """Build the net; parameters as in `aip.recognise.nets.building.build`."""
    layers: dict[str, nn.Module] = {}
    channels = 3
    for stage, (count, out) in enumerate(STAGES, start=1):
        for number in range(1, count + 1):
            layers[f"conv{stage}_{number}"] = nn.Conv2d(channels, out, 3, padding=1)
            layers[f"relu{stage}_{number}"] = nn.ReLU()
            channels = out
        layers[f"pool{stage}"] = nn.MaxPool2d(2, stride=2)
    return assemble(layers | last_layers(channels * 7 * 7), weights)
