"""Reductions along axes."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from aip.recognise.nets.onnx.graph import Node
from aip.recognise.nets.onnx.operators.values import axes

Function = Callable[..., Tensor]


def _reduction(reduce: Callable[[Tensor, list[int], bool], Tensor]) -> Callable[[Node], Function]:
    """Return the operator of a reduction, a function of values, axes and whether they stay."""

    def operator(node: Node) -> Function:
        keep = bool(node.integer("keepdims", 1))
        nothing = bool(node.integer("noop_with_empty_axes", 0))

        def compute(x: Tensor, along: Tensor | None = None) -> Tensor:
            found = axes(node, along)
            if not found and nothing:
                return x
            return reduce(x, found or list(range(x.ndim)), keep)

        return compute

    return operator


def _mean(x: Tensor, along: list[int], keep: bool) -> Tensor:
    return x.mean(along, keep)


def _sum(x: Tensor, along: list[int], keep: bool) -> Tensor:
    return x.sum(along, keep, dtype=x.dtype)


def _square_sum(x: Tensor, along: list[int], keep: bool) -> Tensor:
    return x.square().sum(along, keep)


def _norm(order: int) -> Callable[[Tensor, list[int], bool], Tensor]:
    def norm(x: Tensor, along: list[int], keep: bool) -> Tensor:
        found: Tensor = torch.linalg.vector_norm(x, order, along, keep)
        return found

    return norm


def _maximum(x: Tensor, along: list[int], keep: bool) -> Tensor:
    return x.amax(along, keep)


def _minimum(x: Tensor, along: list[int], keep: bool) -> Tensor:
    return x.amin(along, keep)


def _product(x: Tensor, along: list[int], keep: bool) -> Tensor:
    for axis in sorted((each % x.ndim for each in along), reverse=True):
        x = x.prod(axis, keep, dtype=x.dtype)
    return x


OPERATORS: dict[str, Any] = {
    "ReduceL1": _reduction(_norm(1)),
    "ReduceL2": _reduction(_norm(2)),
    "ReduceMax": _reduction(_maximum),
    "ReduceMean": _reduction(_mean),
    "ReduceMin": _reduction(_minimum),
    "ReduceProd": _reduction(_product),
    "ReduceSum": _reduction(_sum),
    "ReduceSumSquare": _reduction(_square_sum),
}
HOST = dict.fromkeys(OPERATORS, (1,))
