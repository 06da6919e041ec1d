"""Pooling: the largest value or the mean of a window, or of a whole map."""

from collections.abc import Callable
from math import inf

import torch
from torch import Tensor
from torch.nn import functional

from aip.recognise.nets.onnx.graph import Node
from aip.recognise.nets.onnx.operators.convolution import bounded, padded, padding

Function = Callable[..., Tensor]

MAXIMUM = {1: functional.max_pool1d, 2: functional.max_pool2d, 3: functional.max_pool3d}
AVERAGE = {1: functional.avg_pool1d, 2: functional.avg_pool2d, 3: functional.avg_pool3d}


class _Windows:
    """The windows of a pooling node over a map."""

    def __init__(self, node: Node, x: Tensor) -> None:
        self.kernel = node.integers("kernel_shape")
        sides = len(self.kernel)
        if sides != x.ndim - 2 or sides not in MAXIMUM:
            raise node.refuse("kernel_shape", self.kernel, f"{x.ndim - 2} sides, at most three")
        self.kernel = bounded(node, "kernel_shape", sides, 1)
        self.strides = bounded(node, "strides", sides, 1)
        self.dilations = bounded(node, "dilations", sides, 1)
        self.before, self.after = padding(node, x, self.kernel, self.strides, self.dilations)
        self.inside = list(self.after)
        if node.integer("ceil_mode", 0):
            self._lengthen(x)

    def _lengthen(self, x: Tensor) -> None:
        """Let a last window hang over the end, if it begins before it."""
        for side, length in enumerate(x.shape[2:]):
            stride = self.strides[side]
            span = (self.kernel[side] - 1) * self.dilations[side] + 1
            full = length + self.before[side] + self.after[side]
            count = -(-(full - span) // stride) + 1
            if (count - 1) * stride >= length + self.before[side]:
                count -= 1
            self.after[side] += max((count - 1) * stride + span - full, 0)


def max_pool(node: Node) -> Function:
    """Largest value of each window."""
    if len(node.outputs) > 1 and node.outputs[1]:
        raise node.refuse("outputs", 2, "the values alone, without where they are")

    def compute(x: Tensor) -> Tensor:
        at = _Windows(node, x)
        x = padded(x, at.before, at.after, -inf)
        found: Tensor = MAXIMUM[x.ndim - 2](x, at.kernel, at.strides, 0, at.dilations)
        return found

    return compute


def average_pool(node: Node) -> Function:
    """Mean of each window, with or without the padding."""
    with_padding = node.integer("count_include_pad", 0)

    def compute(x: Tensor) -> Tensor:
        at = _Windows(node, x)
        if max(at.dilations) > 1:
            raise node.refuse("dilations", at.dilations, "1")
        pool = AVERAGE[x.ndim - 2]
        if not any(at.before) and not any(at.after):
            plain: Tensor = pool(x, at.kernel, at.strides)
            return plain
        # A window's mean over all its places, times its places over those that count.
        counted = torch.ones_like(x[:1, :1])
        if with_padding:
            counted = padded(counted, at.before, at.inside, 1.0)
            hanging = [a - i for a, i in zip(at.after, at.inside, strict=True)]
            counted = padded(counted, [0] * len(hanging), hanging)
        else:
            counted = padded(counted, at.before, at.after)
        share = pool(counted, at.kernel, at.strides)
        found: Tensor = pool(padded(x, at.before, at.after), at.kernel, at.strides) / share
        return found

    return compute


def global_average_pool(node: Node) -> Function:  # noqa: ARG001
    """Mean of each channel of a map."""
    return lambda x: x.mean(dim=tuple(range(2, x.ndim)), keepdim=True)


def global_max_pool(node: Node) -> Function:  # noqa: ARG001
    """Largest value of each channel of a map."""
    return lambda x: x.amax(dim=tuple(range(2, x.ndim)), keepdim=True)


OPERATORS = {
    "AveragePool": average_pool,
    "GlobalAveragePool": global_average_pool,
    "GlobalMaxPool": global_max_pool,
    "MaxPool": max_pool,
}
HOST: dict[str, tuple[int, ...]] = {}
