"""Products of matrices."""

from collections.abc import Callable

import torch
from torch import Tensor

from aip.recognise.nets.onnx.graph import Node
from aip.recognise.nets.onnx.operators.values import agreeing

Function = Callable[..., Tensor]


def gemm(node: Node) -> Function:
    """Compute alpha · A · B + beta · C, with A or B transposed where it says so."""
    alpha, beta = node.number("alpha", 1.0), node.number("beta", 1.0)
    turn_a, turn_b = node.integer("transA", 0), node.integer("transB", 0)

    def compute(a: Tensor, b: Tensor, c: Tensor | None = None) -> Tensor:
        a, b = agreeing(a, b)
        found = (a.T if turn_a else a) @ (b.T if turn_b else b)
        found = found if alpha == 1 else alpha * found
        if c is None:
            return found
        return found + (c if beta == 1 else beta * c)

    return compute


def matrix_product(node: Node) -> Function:  # noqa: ARG001
    """Product of the last two axes, broadcast over the others."""
    return lambda a, b: torch.matmul(*agreeing(a, b))


OPERATORS = {"Gemm": gemm, "MatMul": matrix_product}
HOST: dict[str, tuple[int, ...]] = {}
