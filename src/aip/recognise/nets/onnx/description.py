"""A graph without its weights as bytes, so that a net's state dict says what net it is."""

import json
from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aip.errors import BadInput
from aip.recognise.nets.onnx.graph import Graph, Node

VERSION = 1


def describe(graph: Graph, weights: Collection[str]) -> bytes:
    """Return a graph as JSON; of its weights, names and shapes alone."""
    said = {
        "version": VERSION,
        "nodes": [
            [
                *(node.kind, node.inputs, node.outputs),
                {name: _plain(value) for name, value in node.attributes.items()},
            ]
            for node in graph.nodes
        ],
        "weights": {name: list(graph.constants[name].shape) for name in weights},
        "constants": {
            name: _plain(array) for name, array in graph.constants.items() if name not in weights
        },
        "input": graph.input,
        "shape": graph.shape,
        "outputs": graph.outputs,
        "opset": graph.opset,
    }
    return json.dumps(said).encode()


def described(content: bytes, where: str) -> Graph:
    """Return the graph that `describe` wrote, with weights of zeros; `where` is its file.

    Raises
    ------
    BadInput
        It is no such description.
    """
    try:
        said = json.loads(content)
        if said["version"] != VERSION:
            raise ValueError(f"version {said['version']}")
        weights = {name: np.zeros(shape, np.float32) for name, shape in said["weights"].items()}
        constants = {name: _rich(value) for name, value in said["constants"].items()}
        nodes = [
            Node(
                str(kind),
                tuple(inputs),
                tuple(outputs),
                {name: _rich(value) for name, value in attributes.items()},
                int(said["opset"]),
                f"{where}: operation {number} ({kind})",
            )
            for number, (kind, inputs, outputs, attributes) in enumerate(said["nodes"])
        ]
        shape, outputs = tuple(said["shape"]), tuple(said["outputs"])
        held = {**weights, **constants}
        return Graph(nodes, held, said["input"], shape, outputs, int(said["opset"]), where)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"{where}: it does not say what net it is: {error!r}") from error


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        flat = value.ravel().tolist()
        return {"type": value.dtype.name, "shape": list(value.shape), "values": flat}
    return value


def _rich(value: Any) -> Any:
    if isinstance(value, dict):
        return _array(value)
    return value


def _array(said: dict[str, Any]) -> NDArray[Any]:
    return np.array(said["values"], np.dtype(said["type"])).reshape(said["shape"])
