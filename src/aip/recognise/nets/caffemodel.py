"""Reading Caffe's binary files of trained nets, ``.caffemodel``.

A file is one protocol-buffer message (Jia et al. 2014, ``caffe.proto``). Only the fields that hold
weights are described here; the others are skipped.
"""

import math
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass
from numpy.typing import NDArray

from aip.errors import BadInput
from aip.store.files import check_plain

TEXT, BYTES, INTEGER = (
    FieldDescriptorProto.TYPE_STRING,
    FieldDescriptorProto.TYPE_BYTES,
    FieldDescriptorProto.TYPE_INT64,
)
ONE, MANY = FieldDescriptorProto.LABEL_OPTIONAL, FieldDescriptorProto.LABEL_REPEATED

# Message → field → its number, how many, and its type or message. Packed numbers are bytes on the
# wire; declared as bytes, they come as one block. Before 2015, a net's layers were in `layers`, now
# in `layer`, and a shape was four numbers.
MESSAGES: Mapping[str, Mapping[str, tuple[int, Any, Any]]] = {
    "Net": {"layers": (2, MANY, "OldLayer"), "layer": (100, MANY, "Layer")},
    "OldLayer": {"name": (4, ONE, TEXT), "blobs": (6, MANY, "Blob")},
    "Layer": {"name": (1, ONE, TEXT), "blobs": (7, MANY, "Blob")},
    "Blob": {
        "num": (1, ONE, INTEGER),
        "channels": (2, ONE, INTEGER),
        "height": (3, ONE, INTEGER),
        "width": (4, ONE, INTEGER),
        "data": (5, MANY, BYTES),
        "shape": (7, ONE, "Shape"),
        "double_data": (8, MANY, BYTES),
    },
    "Shape": {"dim": (1, MANY, INTEGER)},
}

LARGEST = 2**30  # bytes of a file: twice VGG-16's, the largest of the paper's nets
AXES = 32  # Caffe's most

Blobs = list[NDArray[np.float32]]


def read_caffemodel(path: Path) -> dict[str, Blobs]:
    """Read a net's weights.

    Parameters
    ----------
    path : Path

    Returns
    -------
    dict
        By layer name, for each layer that has any, its blobs: read-only float32 arrays in the
        file's order and shapes, which are of four dimensions in old files.

    Raises
    ------
    BadInput
        The file is missing, is not a caffemodel, is cut short or is larger than 1 GiB; a blob's
        shape and how many values it has disagree; a value is not finite; or two layers with weights
        have one name.
    """
    net: Any = _net()()
    try:
        check_plain(path, LARGEST, "a caffemodel")
        net.ParseFromString(path.read_bytes())
    except FileNotFoundError:
        raise BadInput(f"{path}: the weights are missing") from None
    except DecodeError:
        raise BadInput(f"{path}: not a caffemodel, or cut short") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from error
    layers: dict[str, Blobs] = {}
    for layer in (*net.layers, *net.layer):
        if not layer.blobs:
            continue
        if layer.name in layers:
            raise BadInput(f"{path}: layer {layer.name}: found twice with weights, expected once")
        layers[layer.name] = [
            _values(blob, f"{path}: layer {layer.name}, blob {i}")
            for i, blob in enumerate(layer.blobs)
        ]
    if not layers:
        raise BadInput(f"{path}: not a caffemodel (found no layer with weights)")
    return layers


def _values(blob: Any, where: str) -> NDArray[np.float32]:
    shape = (
        tuple(blob.shape.dim)
        if blob.HasField("shape")
        else (blob.num, blob.channels, blob.height, blob.width)
    )
    if blob.double_data:
        with np.errstate(over="ignore"):  # what is beyond float32 becomes infinite
            values = _numbers(blob.double_data, "<f8", where).astype(np.float32)
    else:
        values = _numbers(blob.data, "<f4", where)
    # numpy holds none of a shape with a 0 beside sides whose product is beyond its integers.
    if (
        len(shape) > AXES
        or min(shape, default=1) < (1 if any(shape) else 0)
        or math.prod(shape) != len(values)
    ):
        raise BadInput(
            f"{where}: the shape {shape} does not fit the number of values, {len(values)}"
        )
    if not np.isfinite(values).all():
        raise BadInput(f"{where}: found a number that is infinite or none")
    return values.reshape(shape)


def _numbers(blocks: Iterable[bytes], dtype: str, where: str) -> NDArray[Any]:
    joined, size = b"".join(blocks), np.dtype(dtype).itemsize
    if len(joined) % size:
        raise BadInput(f"{where}: found {len(joined)} bytes of values, expected {size} for each")
    return np.frombuffer(joined, dtype)


@cache
def _net() -> type[Message]:
    """Return the class of a net's message, in a pool of its own, apart from any other caffe."""
    file = FileDescriptorProto(name="caffe.proto", package="caffe")
    for message, fields in MESSAGES.items():
        described = file.message_type.add(name=message)
        for name, (number, label, kind) in fields.items():
            field = described.field.add(name=name, number=number, label=label)
            if isinstance(kind, str):
                field.type, field.type_name = FieldDescriptorProto.TYPE_MESSAGE, f".caffe.{kind}"
            else:
                field.type = kind
    pool = DescriptorPool()
    pool.Add(file)
    return GetMessageClass(pool.FindMessageTypeByName("caffe.Net"))
