"""The operators of ONNX that nets of faces use, by family.

An operator is a function of a node that returns what computes it: tensors → a tensor, or a tuple of
them. Numbers with a point compute in the precision of the images, so a ``Cast`` between such types
does nothing.
"""

from collections.abc import Callable
from typing import Any

from aip.recognise.nets.onnx.graph import Node
from aip.recognise.nets.onnx.operators import (
    activation,
    arithmetic,
    convolution,
    normalisation,
    pooling,
    products,
    reduction,
    resizing,
    selection,
    shape,
)

Operator = Callable[[Node], Callable[..., Any]]

FAMILIES = (
    activation,
    arithmetic,
    convolution,
    normalisation,
    pooling,
    products,
    reduction,
    resizing,
    selection,
    shape,
)

OPERATORS: dict[str, Operator] = {
    kind: operator for family in FAMILIES for kind, operator in family.OPERATORS.items()
}

# By operator, the positions of inputs that are sizes, axes or bounds, and no part of an image.
HOST: dict[str, tuple[int, ...]] = {
    kind: positions for family in FAMILIES for kind, positions in family.HOST.items()
}
