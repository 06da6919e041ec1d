"""Numbers that operators take as sizes and axes, and operands that must agree."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from aip.errors import BadInput
from aip.recognise.nets.onnx.graph import Node

MOST_VALUES = 2**28  # of a value that is made from its size alone


def whole(node: Node, tensor: Tensor) -> list[int]:
    """Return the whole numbers of a tensor that says sizes or axes."""
    if tensor.dtype.is_floating_point:
        raise BadInput(f"{node.where}: found sizes or axes that are no whole numbers")
    return [int(each) for each in tensor.flatten().tolist()]


def axes(node: Node, tensor: Tensor | None) -> list[int] | None:
    """Return the axes of an input or, as in older versions, of the attribute; None without any."""
    if tensor is not None:
        return whole(node, tensor)
    return node.integers("axes") if node.has("axes") else None


def agreeing(*operands: Tensor) -> tuple[Tensor, ...]:
    """Bring operands to one device, and those with a point to one precision.

    What was computed from sizes is on the processor, in float32; the images decide.
    """
    devices = {each.device for each in operands}
    device = next((each for each in devices if each.type != "cpu"), torch.device("cpu"))
    types = {each.dtype for each in operands if each.dtype.is_floating_point}
    dtype = next(iter(types - {torch.float32} or types), None)
    return tuple(
        each.to(device, dtype if each.dtype.is_floating_point else None) for each in operands
    )


def affordable(node: Node, sizes: Sequence[int]) -> list[int]:
    """Refuse to make a tensor that no net needs."""
    if min(sizes, default=0) < 0 or math.prod(sizes) > MOST_VALUES:
        raise BadInput(
            f"{node.where}: found an array of shape {tuple(sizes)}, expected at most "
            f"{MOST_VALUES:,} values"
        )
    return list(sizes)
