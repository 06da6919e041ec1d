"""fp512: a face net of inverted bottlenecks, as npm's ``faceplugin-face-recognition-js`` ships it.

Its layers are those of MobileFaceNet (Chen et al. 2018) for a square input, with batch norm folded
into the convolutions. Input 112 × 112, 512 features.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from aip.errors import BadInput
from aip.recognise.nets import Statistics
from aip.recognise.nets.mobilefacenet import BOTTLENECKS
from aip.recognise.nets.onnx.graph import Node
from aip.recognise.nets.state import started

FEATURES = 512


def build(arch: str, weights: str | None) -> nn.Module:  # noqa: ARG001
    """Build the net; parameters as in `aip.recognise.nets.building.build`.

    The file of weights is the package's ``fr_feature.onnx``, or a state dict.
    """
    return started(FP512(), weights, ".onnx", _fill)


def statistics(arch: str, net: nn.Module) -> Statistics:  # noqa: ARG001
    """Return the statistics of (x − 127) / 128."""
    return Statistics((127.0, 127.0, 127.0), (128.0, 128.0, 128.0))


class FP512(nn.Module):
    """(n, 3, 112, 112) normalised images → (n, 512) features.

    The global depthwise convolution ``linear7`` spans the whole of the last 7 × 7 map.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Sequential(nn.Conv2d(3, 64, 3, 2, 1), nn.PReLU(64))
        self.dw_conv1 = nn.Sequential(nn.Conv2d(64, 64, 3, 1, 1, groups=64), nn.PReLU(64))
        blocks, channels = [], 64
        for expansion, out, repeats, first_stride in BOTTLENECKS:
            for repeat in range(repeats):
                stride = first_stride if repeat == 0 else 1
                blocks.append(_Bottleneck(channels, out, stride, expansion))
                channels = out
        self.blocks = nn.Sequential(*blocks)
        self.conv2 = nn.Sequential(nn.Conv2d(channels, FEATURES, 1), nn.PReLU(FEATURES))
        self.linear7 = nn.Conv2d(FEATURES, FEATURES, 7, groups=FEATURES)
        self.linear1 = nn.Conv2d(FEATURES, FEATURES, 1)

    def forward(self, images: Tensor) -> Tensor:
        """Return the features."""
        x = self.blocks(self.dw_conv1(self.conv1(images)))
        features: Tensor = self.linear1(self.linear7(self.conv2(x)))
        return features.flatten(1)


class _Bottleneck(nn.Module):
    """An inverted bottleneck: widen, filter each channel, narrow; residual where shapes agree."""

    def __init__(self, channels: int, out: int, stride: int, expansion: int) -> None:
        super().__init__()
        self.residual = stride == 1 and channels == out
        wide = channels * expansion
        self.conv = nn.Sequential(
            nn.Conv2d(channels, wide, 1),
            nn.PReLU(wide),
            nn.Conv2d(wide, wide, 3, stride, 1, groups=wide),
            nn.PReLU(wide),
            nn.Conv2d(wide, out, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.conv(x)
        return x + y if self.residual else y


def _fill(net: FP512, path: Path) -> None:
    """Take the weights of the file's layers, which are the net's, in the same order.

    Raises
    ------
    BadInput
        The file holds other layers.
    """
    from aip.recognise.nets.onnx.reading import read_graph  # jobs read a state dict, without onnx

    graph = read_graph(path)
    layers = [(name, m) for name, m in net.named_modules() if isinstance(m, nn.Conv2d | nn.PReLU)]
    nodes = [node for node in graph.nodes if node.kind in ("Conv", "PRelu")]
    if len(nodes) != len(layers):
        raise BadInput(
            f"{graph.where}: found {len(nodes)} convolutions and slopes, expected the "
            f"{len(layers)} of fp512"
        )
    for (name, layer), node in zip(layers, nodes, strict=True):
        expected = dict(layer.named_parameters(recurse=False))
        held = [graph.constants.get(each) for each in node.inputs[1:]]
        found = [torch.from_numpy(np.array(each)) for each in held if each is not None]
        if not _fits(layer, node, found):
            shapes = ", ".join(str(tuple(each.shape)) for each in found) or "nothing"
            wanted = ", ".join(str(tuple(each.shape)) for each in expected.values())
            raise BadInput(
                f"{node.where}: found {node.kind} with weights {shapes}, expected {name} of fp512, "
                f"with {wanted}"
            )
        with torch.no_grad():
            for parameter, value in zip(expected.values(), found, strict=True):
                parameter.copy_(value.view(parameter.shape))


def _fits(layer: nn.Module, node: Node, found: list[Tensor]) -> bool:
    sizes = [each.numel() for each in layer.parameters(recurse=False)]
    finite = all(bool(each.isfinite().all()) for each in found)
    if sizes != [each.numel() for each in found] or not finite:
        return False
    if isinstance(layer, nn.PReLU):
        return node.kind == "PRelu"
    assert isinstance(layer, nn.Conv2d)
    return (
        node.kind == "Conv"
        and found[0].shape == layer.weight.shape
        and tuple(node.integers("strides", [1, 1])) == layer.stride
        and node.integer("group", 1) == layer.groups
    )
