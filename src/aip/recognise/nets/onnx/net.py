"""The module that computes an ONNX graph."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from aip.errors import BadInput, unknown
from aip.recognise.nets.onnx.description import describe
from aip.recognise.nets.onnx.graph import Graph, Node
from aip.recognise.nets.onnx.operators import HOST, OPERATORS

MOST_VALUES = 2**28  # of one value for one image


class _Step(NamedTuple):
    """One operation: its function, what it takes and gives, and what is not needed after it.

    `batch` is given where the file says of its result how many images there are.
    """

    compute: Callable[..., Any]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    done: tuple[str, ...]
    batch: int | None
    where: str


class OnnxNet(nn.Module):
    """(n, 3, height, width) images → a tuple of all outputs of a graph.

    Weights are parameters that stay as they are: a file's net is made to be computed with, its
    statistics often folded into its kernels, and not to be taught further. Constants that say
    sizes, axes or bounds stay numbers of the processor and keep their precision. The buffer
    ``graph`` describes the graph, so that a state dict says all of its net.

    Parameters
    ----------
    graph : Graph

    Raises
    ------
    BadInput
        An operator is unknown, an attribute has a value that is not known here, or a weight is not
        finite.
    """

    graph: Tensor

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        unknown_operators(graph)
        graph = graph.ending_in(graph.outputs)
        self.outputs = graph.outputs
        names = _weights(graph)
        for name in names:
            if not bool(np.isfinite(graph.constants[name]).all()):
                raise BadInput(f"{graph.where}: {name}: found a number that is infinite or none")
        arrays = [torch.from_numpy(graph.constants[name].copy()) for name in names]
        self.weights = nn.ParameterList([nn.Parameter(a, requires_grad=False) for a in arrays])
        self._names = dict.fromkeys(names)
        host = {name: a for name, a in graph.constants.items() if name not in self._names}
        self._host = {name: torch.from_numpy(np.array(array)) for name, array in host.items()}
        shapes = {name: graph.constants[name].shape for name in names}
        empty = {name: np.broadcast_to(np.float32(0), shape) for name, shape in shapes.items()}
        self._graph = replace(graph, constants=host | empty)
        self._steps = _steps(graph)
        content = bytearray(describe(graph, names))
        self.register_buffer("graph", torch.frombuffer(content, dtype=torch.uint8))

    @property
    def values(self) -> list[str]:
        """The names of all values that are computed."""
        return self._graph.values()

    def cut(self, value: str) -> "OnnxNet":
        """Return the net whose one output is a value of the graph, with the same weights."""
        kept = OnnxNet(self._graph.ending_in([value]))
        own = dict(zip(self._names, self.weights, strict=True))
        kept.weights = nn.ParameterList([own[name] for name in kept._names])
        return kept.train(self.training)

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return all outputs for (n, 3, height, width) images."""
        weights = dict(zip(self._names, self.weights, strict=True))
        values: dict[str, Tensor | None] = {
            **self._host,
            **weights,
            self._graph.input: images,
            "": None,
        }
        most = MOST_VALUES * max(len(images), 1)
        for step in self._steps:
            said = {} if step.batch is None else {"batch": (step.batch, len(images))}
            found = step.compute(*(values.get(name) for name in step.inputs), **said)
            found = found if isinstance(found, tuple) else (found,)
            for name, value in zip(step.outputs, found, strict=False):
                if value.numel() > most:
                    raise BadInput(
                        f"{step.where}: found a value of shape {tuple(value.shape)}, expected at "
                        f"most {MOST_VALUES:,} numbers for an image"
                    )
                values[name] = value
            for name in step.done:
                values[name] = None
        return tuple(_tensor(values.get(name)) for name in self.outputs)


def unknown_operators(graph: Graph) -> None:
    """Refuse a graph with an operator that is not known here.

    Raises
    ------
    BadInput
        It names the first.
    """
    for node in graph.nodes:
        if node.kind not in OPERATORS:
            raise unknown(node.where, "ONNX operator", node.kind, OPERATORS)


def _weights(graph: Graph) -> list[str]:
    """Return the names of constants that are numbers with a point and are computed with."""
    used = dict.fromkeys(
        name
        for node in graph.nodes
        for position, name in enumerate(node.inputs)
        if position not in HOST.get(node.kind, ())
    )
    used |= dict.fromkeys(graph.outputs)
    return [
        name for name in used if name in graph.constants and graph.constants[name].dtype.kind == "f"
    ]


def _steps(graph: Graph) -> list[_Step]:
    last: dict[str, int] = {}
    for number, node in enumerate(graph.nodes):
        last |= dict.fromkeys((*node.inputs, *node.outputs), number)
    kept = {*graph.outputs, ""}
    batched = _batched(graph)
    return [
        _Step(
            OPERATORS[node.kind](node),
            node.inputs,
            node.outputs,
            tuple(
                name
                for name in dict.fromkeys((*node.inputs, *node.outputs))
                if last[name] == number and name not in kept
            ),
            graph.batch if _says_batch(node, batched, graph) else None,
            node.where,
        )
        for number, node in enumerate(graph.nodes)
    ]


def _batched(graph: Graph) -> set[str]:
    """Return the values that follow from the images."""
    found = {graph.input}
    for node in graph.nodes:
        if found.intersection(node.inputs):
            found.update(name for name in node.outputs if name)
    return found


def _says_batch(node: Node, batched: set[str], graph: Graph) -> bool:
    """Say whether an operation gives what follows from the images a shape that the file fixes."""
    fixed = node.inputs[1:] == () or node.inputs[1] in graph.constants
    return node.kind == "Reshape" and node.inputs[0] in batched and fixed


def _tensor(value: Tensor | None) -> Tensor:
    if value is None:
        raise BadInput("an output of the net is not computed")
    return value
