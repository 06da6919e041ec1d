"""Shapes, and values as another shape or type."""

from collections.abc import Callable
from math import prod

import torch
from torch import Tensor

from aip.recognise.nets.onnx.graph import Node
from aip.recognise.nets.onnx.operators.values import affordable, axes, whole

Function = Callable[..., Tensor]

# ONNX's numbers of the types that are whole numbers or truth values, and those with a point.
WHOLE = {
    2: torch.uint8,
    3: torch.int8,
    5: torch.int16,
    6: torch.int32,
    7: torch.int64,
    9: torch.bool,
}
POINTED = (1, 10, 11, 16)


def reshape(node: Node) -> Function:
    """Give values another shape: 0 stands for the same size, −1 for what is left.

    A file made for one image at once says 1 for the batch where it means all images; `batch` is
    what it says, and how many there are.
    """
    keep_zeros = node.integer("allowzero", 0)

    def compute(
        x: Tensor, shape: Tensor | None = None, *, batch: tuple[int, int] | None = None
    ) -> Tensor:
        new: list[int] = node.integers("shape") if shape is None else whole(node, shape)
        if not keep_zeros:
            new = [x.shape[i] if each == 0 else each for i, each in enumerate(new)]
        if batch is not None and new and x.dtype.is_floating_point:
            said, images = batch
            if new[0] == said:
                new[0] = images
            elif -1 not in new and (held := prod(new)) and x.numel() % held == 0:
                new[0] *= x.numel() // held
        return x.reshape(new)

    return compute


def flatten(node: Node) -> Function:
    """Make a matrix: the axes before one, and those from it on."""
    axis = node.integer("axis", 1)

    def compute(x: Tensor) -> Tensor:
        first = axis + x.ndim if axis < 0 else axis
        return x.reshape(prod(x.shape[:first]), prod(x.shape[first:]))

    return compute


def transpose(node: Node) -> Function:
    """Put the axes in another order; by default, the reverse."""
    order = node.integers("perm")
    return lambda x: x.permute(order or list(reversed(range(x.ndim))))


def squeeze(node: Node) -> Function:
    """Leave out axes of length one."""

    def compute(x: Tensor, along: Tensor | None = None) -> Tensor:
        found = axes(node, along)
        return x.squeeze() if found is None else x.squeeze(found)

    return compute


def unsqueeze(node: Node) -> Function:
    """Put in axes of length one, numbered as in the result."""

    def compute(x: Tensor, along: Tensor | None = None) -> Tensor:
        found = axes(node, along) or []
        total = x.ndim + len(found)
        for axis in sorted(each % total for each in found):
            x = x.unsqueeze(axis)
        return x

    return compute


def shape_of(node: Node) -> Function:
    """Shape of a tensor, or a part of it, as whole numbers of the processor."""
    start, end = node.integer("start", 0), node.attributes.get("end")
    return lambda x: torch.tensor(list(x.shape)[start:end], dtype=torch.int64, device="cpu")


def size_of(node: Node) -> Function:  # noqa: ARG001
    """Count of a tensor's values."""
    return lambda x: torch.tensor(x.numel(), dtype=torch.int64, device="cpu")


def constant_of_shape(node: Node) -> Function:
    """Tensor of one value."""
    given = node.attributes.get("value")
    value = torch.zeros(1) if given is None else torch.from_numpy(given).flatten()[:1]
    return lambda shape: value.expand(affordable(node, whole(node, shape)))


def cast(node: Node) -> Function:
    """Make whole numbers or truth values of numbers with a point, or the reverse."""
    to = node.integer("to", 0)
    if to not in WHOLE and to not in POINTED:
        raise node.refuse("to", to, "the number of a type of numbers")

    def compute(x: Tensor) -> Tensor:
        if to in WHOLE:
            return x.to(WHOLE[to])
        return x if x.dtype.is_floating_point else x.float()

    return compute


def expand(node: Node) -> Function:
    """Broadcast to a shape."""

    def compute(x: Tensor, shape: Tensor) -> Tensor:
        given = whole(node, shape)
        old = [1] * (len(given) - x.ndim) + list(x.shape)
        new = [1] * (x.ndim - len(given)) + given
        return x.expand(affordable(node, [max(pair) for pair in zip(old, new, strict=True)]))

    return compute


def number_range(node: Node) -> Function:
    """Numbers from one to another, in steps."""

    def compute(start: Tensor, limit: Tensor, step: Tensor) -> Tensor:
        first, last, by = (each.item() for each in (start, limit, step))
        affordable(node, [int(max((last - first) / by, 0)) if by else -1])
        return torch.arange(first, last, by, dtype=start.dtype, device="cpu")

    return compute


OPERATORS = {
    "Cast": cast,
    "ConstantOfShape": constant_of_shape,
    "Expand": expand,
    "Flatten": flatten,
    "Range": number_range,
    "Reshape": reshape,
    "Shape": shape_of,
    "Size": size_of,
    "Squeeze": squeeze,
    "Transpose": transpose,
    "Unsqueeze": unsqueeze,
}
HOST = {
    "ConstantOfShape": (0,),
    "Expand": (1,),
    "Range": (0, 1, 2),
    "Reshape": (1,),
    "Squeeze": (1,),
    "Unsqueeze": (1,),
}
