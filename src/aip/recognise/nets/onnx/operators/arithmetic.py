"""Arithmetic and comparison of values, broadcast to each other's shape."""

from collections.abc import Callable
from functools import reduce

import torch
from torch import Tensor

from aip.recognise.nets.onnx.graph import Node
from aip.recognise.nets.onnx.operators.values import agreeing

Function = Callable[..., Tensor]


def _binary(function: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Node], Function]:
    """Return the operator of two operands, or of any number of them, from the left."""
    return lambda _: lambda *operands: reduce(function, agreeing(*operands))


def _unary(function: Callable[[Tensor], Tensor]) -> Callable[[Node], Function]:
    return lambda _: function


def _divide(a: Tensor, b: Tensor) -> Tensor:
    """Divide; whole numbers as C does, towards zero."""
    if a.dtype.is_floating_point:
        return a / b
    return torch.div(a, b, rounding_mode="trunc")


def power(node: Node) -> Function:  # noqa: ARG001
    """Raise to a power, in the type of the base."""

    def compute(base: Tensor, exponent: Tensor) -> Tensor:
        # One exponent for all is a plain number, whose derivative holds at 0, too.
        found = base ** (exponent.item() if exponent.numel() == 1 else exponent.to(base.device))
        return found.to(base.dtype)

    return compute


def mean(node: Node) -> Function:  # noqa: ARG001
    """Mean of the operands."""
    return lambda *operands: reduce(torch.add, agreeing(*operands)) / len(operands)


def where(node: Node) -> Function:  # noqa: ARG001
    """Values of one operand where a condition holds, else those of the other."""

    def compute(condition: Tensor, x: Tensor, y: Tensor) -> Tensor:
        condition, x, y = agreeing(condition, x, y)
        return torch.where(condition, x, y)

    return compute


OPERATORS = {
    "Abs": _unary(torch.abs),
    "Add": _binary(torch.add),
    "And": _binary(torch.logical_and),
    "Ceil": _unary(torch.ceil),
    "Div": _binary(_divide),
    "Equal": _binary(torch.eq),
    "Floor": _unary(torch.floor),
    "Greater": _binary(torch.gt),
    "GreaterOrEqual": _binary(torch.ge),
    "Less": _binary(torch.lt),
    "LessOrEqual": _binary(torch.le),
    "Max": _binary(torch.maximum),
    "Mean": mean,
    "Min": _binary(torch.minimum),
    "Mul": _binary(torch.mul),
    "Neg": _unary(torch.neg),
    "Not": _unary(torch.logical_not),
    "Or": _binary(torch.logical_or),
    "Pow": power,
    "Reciprocal": _unary(torch.reciprocal),
    "Sqrt": _unary(torch.sqrt),
    "Sub": _binary(torch.sub),
    "Sum": _binary(torch.add),
    "Where": where,
}
HOST: dict[str, tuple[int, ...]] = {"Pow": (1,)}
