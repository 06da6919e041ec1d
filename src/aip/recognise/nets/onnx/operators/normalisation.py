"""Normalisation by statistics: kept ones, or those of the map at hand."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from aip.recognise.nets.onnx.graph import Node

Function = Callable[..., Tensor]


def batch_normalisation(node: Node) -> Function:
    """Normalise each channel by the mean and the variance that the file holds."""
    if node.integer("training_mode", 0):
        raise node.refuse("training_mode", 1, "a net that has been taught")
    if not node.integer("spatial", 1):
        raise node.refuse("spatial", 0, "statistics of each channel")
    epsilon = node.number("epsilon", 1e-5)
    return lambda x, scale, bias, mean, variance: functional.batch_norm(
        x, mean, variance, scale, bias, eps=epsilon
    )


def instance_normalisation(node: Node) -> Function:
    """Normalise each channel of each map by its own mean and variance."""
    epsilon = node.number("epsilon", 1e-5)
    return lambda x, scale, bias: functional.instance_norm(x, weight=scale, bias=bias, eps=epsilon)


def layer_normalisation(node: Node) -> Function:
    """Normalise over all axes from one on."""
    axis, epsilon = node.integer("axis", -1), node.number("epsilon", 1e-5)

    def compute(x: Tensor, scale: Tensor, bias: Tensor | None = None) -> Tensor:
        return functional.layer_norm(x, x.shape[axis % x.ndim :], scale, bias, epsilon)

    return compute


def lp_normalisation(node: Node) -> Function:
    """Divide by the norm along an axis."""
    axis, order = node.integer("axis", -1), node.integer("p", 2)
    return lambda x: x / torch.linalg.vector_norm(x, order, axis, keepdim=True)


OPERATORS = {
    "BatchNormalization": batch_normalisation,
    "InstanceNormalization": instance_normalisation,
    "LayerNormalization": layer_normalisation,
    "LpNormalization": lp_normalisation,
}
HOST: dict[str, tuple[int, ...]] = {}
