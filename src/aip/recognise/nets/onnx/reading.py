"""Reading the graph of an ONNX file, without PyTorch.

Nothing is executed, no other file is opened, and the arrays are no larger than the file.
"""

import math
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from numpy.typing import NDArray
from onnx import numpy_helper

from aip.errors import BadInput
from aip.recognise.nets.onnx.graph import Graph, Node
from aip.store.files import read_bounded

LARGEST = 2**31 - 1  # bytes of a file: protobuf's own limit
MOST_NODES = 50_000
MOST_VALUES = 2**30  # of one array

OPSETS = (7, onnx.defs.onnx_opset_version())
DOMAINS = ("", "ai.onnx")

FLOATS = (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16, onnx.TensorProto.DOUBLE)


def read_graph(path: Path) -> Graph:
    """Read a file.

    Raises
    ------
    BadInput
        The file is missing, too large or no ONNX net of one input; it keeps tensors in other
        files; its operators are of another version or library; a value is used before it is
        computed; or an array does not have the size that is said.
    """
    return parse_graph(read_bounded(path, LARGEST, "an ONNX net"), str(path))


def parse_graph(content: bytes, where: str) -> Graph:
    """Read the content of a file; parameters and errors as for `read_graph`."""
    try:
        model = onnx.ModelProto.FromString(content)
    except DecodeError as error:
        raise BadInput(f"{where}: not an ONNX net, or not all of it: {error}") from error
    if not model.graph.node:
        raise BadInput(f"{where}: not an ONNX net: it holds no operation")
    if len(model.graph.node) > MOST_NODES:
        raise BadInput(
            f"{where}: found {len(model.graph.node):,} operations, expected at most {MOST_NODES:,}"
        )
    if model.functions or model.graph.sparse_initializer:
        kind = "functions of its own" if model.functions else "sparse arrays"
        raise BadInput(f"{where}: found {kind}, expected the operators and arrays of ONNX alone")
    opset = _opset(model, where)
    _check_names(model.graph, where)
    constants = {
        tensor.name: _array(tensor, f"{where}: {tensor.name}") for tensor in model.graph.initializer
    }
    nodes = []
    for number, found in enumerate(model.graph.node):
        named = f"{where}: operation {number} ({found.op_type} {found.name}".rstrip() + ")"
        if found.domain not in DOMAINS:
            raise BadInput(f"{named}: unknown ONNX operator {found.domain}.{found.op_type}")
        node = Node(
            found.op_type,
            tuple(found.input),
            tuple(found.output),
            {each.name: _value(each, named) for each in found.attribute},
            opset,
            named,
        )
        if node.kind == "Constant" and len(node.outputs) == 1:
            constants[node.outputs[0]] = _constant(node)
        else:
            nodes.append(node)
    name, shape = _input(model.graph, constants, where)
    graph = Graph(
        nodes,
        constants,
        name,
        shape,
        tuple(output.name for output in model.graph.output),
        opset,
        where,
    )
    _check_order(graph)
    return graph


def _check_names(graph: Any, where: str) -> None:
    """Refuse names that are no text; protobuf gives them as bytes."""
    parts = [*graph.node, *graph.initializer, *graph.input, *graph.output]
    names = [part.name for part in parts]
    for node in graph.node:
        names += [node.op_type, node.domain, *node.input, *node.output]
        names += [attribute.name for attribute in node.attribute]
    for name in names:
        if not isinstance(name, str):
            raise BadInput(f"{where}: found the name {name!r}, expected text in UTF-8")


def _opset(model: Any, where: str) -> int:
    versions = [each.version for each in model.opset_import if each.domain in DOMAINS]
    low, high = OPSETS
    if len(versions) != 1 or not low <= versions[0] <= high:
        raise BadInput(
            f"{where}: found operators of version {', '.join(map(str, versions)) or 'unknown'}, "
            f"expected one of {low} to {high}"
        )
    return int(versions[0])


def _input(
    graph: Any, constants: dict[str, NDArray[Any]], where: str
) -> tuple[str, tuple[int | None, ...]]:
    """Return the one input's name and shape; older files list the weights as inputs, too."""
    inputs = [each for each in graph.input if each.name not in constants]
    if len(inputs) != 1:
        names = ", ".join(each.name for each in inputs) or "none"
        raise BadInput(f"{where}: found {len(inputs)} inputs ({names}), expected one, images")
    (images,) = inputs
    found = images.type.tensor_type
    if found.elem_type not in FLOATS:
        raise BadInput(
            f"{where}: {images.name}: found an input of another type, expected floating-point "
            "numbers"
        )
    if not found.HasField("shape"):
        return images.name, ()
    shape = tuple(
        side.dim_value if side.HasField("dim_value") and side.dim_value > 0 else None
        for side in found.shape.dim
    )
    if len(shape) != 4 or shape[1] not in (3, None):
        raise BadInput(
            f"{where}: {images.name}: found an input of shape {shape}, expected "
            "(n, 3, height, width)"
        )
    return images.name, shape


def _check_order(graph: Graph) -> None:
    """Refuse a graph whose values are not computed before they are used, or computed twice."""
    known = {graph.input, *graph.constants, ""}
    for node in graph.nodes:
        for name in node.inputs:
            if name not in known:
                raise BadInput(f"{node.where}: it takes {name}, which nothing before it computes")
        for name in node.outputs:
            if name and name in known:
                raise BadInput(f"{node.where}: it computes {name}, which is there already")
            known.add(name)
    for name in graph.outputs:
        if name not in known:
            raise BadInput(f"{graph.where}: its output {name} is computed nowhere")
    if not graph.outputs:
        raise BadInput(f"{graph.where}: found no output")


def _constant(node: Node) -> NDArray[Any]:
    """Return what a Constant is, in one of the forms of its attribute."""
    forms: dict[str, type[Any]] = {
        "value": np.float32,
        "value_float": np.float32,
        "value_floats": np.float32,
        "value_int": np.int64,
        "value_ints": np.int64,
    }
    for name, number in forms.items():
        if node.has(name):
            found = node.attributes[name]
            return found if isinstance(found, np.ndarray) else np.asarray(found, number)
    raise BadInput(f"{node.where}: found a constant without numbers")


def _value(attribute: Any, where: str) -> Any:
    """Return an attribute's value: a number, text, an array, or a list of numbers or texts."""
    kinds = onnx.AttributeProto
    if attribute.type == kinds.TENSOR:
        return _array(attribute.t, f"{where}: {attribute.name}")
    if attribute.type in (kinds.INT, kinds.FLOAT):
        return attribute.i if attribute.type == kinds.INT else attribute.f
    if attribute.type == kinds.STRING:
        return attribute.s.decode("utf-8", errors="replace")
    if attribute.type in (kinds.INTS, kinds.FLOATS):
        return list(attribute.ints if attribute.type == kinds.INTS else attribute.floats)
    if attribute.type == kinds.STRINGS:
        return [each.decode("utf-8", errors="replace") for each in attribute.strings]
    if attribute.type == kinds.GRAPH:
        raise BadInput(f"{where}: unknown ONNX operator, which holds a graph of its own")
    raise BadInput(f"{where}: {attribute.name}: found neither numbers nor text")


def _array(tensor: Any, where: str) -> NDArray[Any]:
    """Return a tensor's numbers; those with a point as float32."""
    if tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data:
        raise BadInput(f"{where}: found numbers in another file, expected them in this one")
    shape = tuple(tensor.dims)
    if min(shape, default=0) < 0 or math.prod(shape) > MOST_VALUES:
        raise BadInput(f"{where}: found an array of shape {shape}, expected fewer values")
    try:
        found = np.asarray(numpy_helper.to_array(tensor))
    except Exception as error:  # of many types, for a tensor that is not as it says
        raise BadInput(f"{where}: not an array of shape {shape}: {error}") from error
    if found.dtype.kind not in "fiub" or found.dtype.itemsize > 8:
        raise BadInput(f"{where}: found {found.dtype}, expected numbers")
    return found.astype(np.float32) if found.dtype.kind == "f" else found
