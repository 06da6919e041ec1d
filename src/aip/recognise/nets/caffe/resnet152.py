"""ResNet-152 (He et al. 2016), as its authors published it: pool5, 2048 features.

Made for an input of 224 × 224. Where a stage halves the map, its first 1 × 1 convolution does it;
the first pooling has no padding and may reach over the edge. Caffe's BatchNorm and Scale are one
module here.
"""

from torch import Tensor, nn

from aip.recognise.nets.caffe.layers import pool
from aip.recognise.nets.caffe.weights import assemble, statistics

__all__ = ["build", "statistics"]

# Blocks in each stage, and channels of their 3 × 3 convolution; stages are numbered from 2.
STAGES = [(3, 64), (8, 128), (36, 256), (3, 512)]


def build(arch: str, weights: str | None) -> nn.Module:  # noqa: ARG001
    """Build the net; parameters as in `aip.recognise.nets.building.build`."""
    layers: dict[str, nn.Module] = {
        "conv1": nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False),
        "bn_conv1": nn.BatchNorm2d(64),
        "conv1_relu": nn.ReLU(),
        "pool1": pool(),
    }
    channels = 64
    for stage, (count, width) in enumerate(STAGES, start=2):
        for block in range(count):
            name = f"{stage}{_block_name(block, count)}"
            stride = 2 if block == 0 and stage > 2 else 1
            layers[f"res{name}"] = _Bottleneck(name, channels, width, stride)
            channels = 4 * width
    layers |= {"pool5": nn.AdaptiveAvgPool2d(1), "flatten": nn.Flatten()}
    return assemble(layers, weights)


def _block_name(block: int, count: int) -> str:
    """Name a stage's block: a, b, c, or a, b1, b2, … where the stage is long."""
    if count > 3:
        return f"b{block}" if block else "a"
    return "abc"[block]


class _Bottleneck(nn.Module):
    """1 × 1, 3 × 3 and 1 × 1 convolutions, added to the identity or a 1 × 1 convolution."""

    def __init__(self, name: str, channels: int, width: int, stride: int) -> None:
        super().__init__()
        out = 4 * width
        self.branch1 = nn.Sequential()
        if channels != out:
            _add(self.branch1, f"{name}_branch1", nn.Conv2d(channels, out, 1, stride, bias=False))
        self.branch2 = nn.Sequential()
        convolutions = {
            "a": nn.Conv2d(channels, width, 1, stride, bias=False),
            "b": nn.Conv2d(width, width, 3, padding=1, bias=False),
            "c": nn.Conv2d(width, out, 1, bias=False),
        }
        for letter, convolution in convolutions.items():
            _add(self.branch2, f"{name}_branch2{letter}", convolution)
            if letter != "c":
                self.branch2.append(nn.ReLU())
        # Without loaded weights, training starts from the identity (Goyal et al. 2017).
        nn.init.zeros_(self.branch2.get_submodule(f"bn{name}_branch2c").get_parameter("weight"))
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.relu(self.branch1(x) + self.branch2(x))
        return y


def _add(branch: nn.Sequential, name: str, convolution: nn.Conv2d) -> None:
    branch.add_module(f"res{name}", convolution)
    branch.add_module(f"bn{name}", nn.BatchNorm2d(convolution.out_channels))
