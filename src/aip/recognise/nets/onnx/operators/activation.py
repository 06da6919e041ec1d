"""Functions of each value by itself."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from aip.recognise.nets.onnx.graph import Node
from aip.recognise.nets.onnx.operators.values import agreeing

Function = Callable[..., Tensor]


def _plain(function: Function) -> Callable[[Node], Function]:
    """Return the operator of a function without attributes."""
    return lambda _: function


def leaky_relu(node: Node) -> Function:
    """Keep x where it is positive, else alpha · x."""
    slope = node.number("alpha", 0.01)
    return lambda x: functional.leaky_relu(x, slope)


def elu(node: Node) -> Function:
    """Keep x where it is positive, else alpha · (exp x − 1)."""
    alpha = node.number("alpha", 1.0)
    return lambda x: functional.elu(x, alpha)


def hard_sigmoid(node: Node) -> Function:
    """Take alpha · x + beta, between 0 and 1."""
    alpha, beta = node.number("alpha", 0.2), node.number("beta", 0.5)
    return lambda x: (alpha * x + beta).clamp(0, 1)


def gelu(node: Node) -> Function:
    """Multiply x by the normal distribution's cumulative function, or its approximation by tanh."""
    approximate = node.text("approximate", "none")
    return lambda x: functional.gelu(x, approximate=approximate)


def prelu(node: Node) -> Function:  # noqa: ARG001
    """Keep x where it is positive, else slope · x."""

    def compute(x: Tensor, slope: Tensor) -> Tensor:
        x, slope = agreeing(x, slope)
        channels = (x.shape[1], *[1] * (x.ndim - 2)) if x.ndim > 1 else ()
        # Old files of MXNet give one slope per channel as a plain vector.
        plain = slope.shape == channels[:1] and slope.numel() != x.shape[-1]
        if slope.numel() == 1 or slope.shape == channels or plain:
            return functional.prelu(x, slope.flatten())
        return torch.where(x < 0, x * slope, x)

    return compute


def clip(node: Node) -> Function:
    """Keep x between two bounds."""
    low = node.number("min", 0) if node.has("min") else None
    high = node.number("max", 0) if node.has("max") else None

    def compute(x: Tensor, least: Tensor | None = None, most: Tensor | None = None) -> Tensor:
        bottom = low if least is None else least.item()
        top = high if most is None else most.item()
        return x if bottom is None and top is None else x.clamp(bottom, top)

    return compute


def softmax(node: Node) -> Function:
    """Softmax along an axis; before version 13, over all axes from it on."""
    return _softmax(node, torch.softmax)


def log_softmax(node: Node) -> Function:
    """Logarithm of the softmax, with its axis."""
    return _softmax(node, torch.log_softmax)


def _softmax(node: Node, function: Function) -> Function:
    if node.opset >= 13:
        axis = node.integer("axis", -1)
        return lambda x: function(x, axis)
    first = node.integer("axis", 1)
    return lambda x: function(x.flatten(first % max(x.ndim, 1)), -1).reshape(x.shape)


def dropout(node: Node) -> Function:  # noqa: ARG001
    """Keep x as it is, as after training."""
    return lambda x, *_: x


OPERATORS = {
    "Clip": clip,
    "Dropout": dropout,
    "Elu": elu,
    "Erf": _plain(torch.erf),
    "Exp": _plain(torch.exp),
    "Gelu": gelu,
    "HardSigmoid": hard_sigmoid,
    "HardSwish": _plain(functional.hardswish),
    "Identity": _plain(nn.Identity()),
    "LeakyRelu": leaky_relu,
    "Log": _plain(torch.log),
    "LogSoftmax": log_softmax,
    "Mish": _plain(functional.mish),
    "PRelu": prelu,
    "Relu": _plain(torch.relu),
    "Sigmoid": _plain(torch.sigmoid),
    "Softmax": softmax,
    "Softplus": _plain(functional.softplus),
    "Tanh": _plain(torch.tanh),
}
HOST = {"Clip": (1, 2), "Dropout": (1, 2)}
