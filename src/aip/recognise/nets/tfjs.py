"""Reading the weights of a net that TensorFlow.js keeps: a ``.json`` and the binary files it names.

The ``.json`` is a manifest, ``[{"paths": […], "weights": […]}]``, or a model that holds one as
``weightsManifest``. A group's files follow each other, and its tensors in them, without gaps.
"""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aip.errors import BadInput
from aip.store.files import read_bounded

LARGEST = 2**30  # bytes of all binary files, and of what they hold
DESCRIPTION = 2**24  # bytes of the .json
AXES = 8

# Number types on disk; a tensor that is quantised to whole numbers has a scale and a minimum.
TYPES = {"float32": "<f4", "int32": "<i4"}
QUANTISED = {"uint8": "<u1", "uint16": "<u2", "float16": "<f2"}

Array = NDArray[np.float32]
Tensors = dict[str, Array]


def files(path: Path) -> list[Path]:
    """Return all files that hold a net: the ``.json``, and beside it the binary ones it names.

    Raises
    ------
    BadInput
        The ``.json`` is missing or holds no manifest, or a binary file is missing or elsewhere.
    """
    found = [path]
    for group in _manifest(path):
        for name in group["paths"]:
            if not isinstance(name, str) or Path(name).name != name:
                raise BadInput(f"{path}: expected names of files beside it, found {name!r}")
            if not path.with_name(name).is_file():
                raise BadInput(f"{path.with_name(name)}: no such file, which {path.name} names")
            found.append(path.with_name(name))
    return found


def read_tensors(path: Path) -> Tensors:
    """Read all tensors of a net.

    Parameters
    ----------
    path : Path
        The ``.json``.

    Returns
    -------
    dict
        By name, float32 arrays in TensorFlow's layout: a kernel is (height, width, in, out).

    Raises
    ------
    BadInput
        A file is missing or no such file, its binary files have another size than the tensors it
        describes, a name comes twice, a number type is not known, or a number is not finite.
    """
    _, *binaries = files(path)
    tensors: Tensors = {}
    for group in _manifest(path):
        parts = [binaries.pop(0) for _ in group["paths"]]
        content = b"".join(read_bounded(part, LARGEST, "the weights") for part in parts)
        where = " and ".join(map(str, parts))
        at = 0
        for tensor in group["weights"]:
            name, shape, kind, quantised = _described(tensor, path)
            if name in tensors:
                raise BadInput(f"{path}: the tensor {name} is there twice")
            size = math.prod(shape) * np.dtype(kind).itemsize
            if at + size > len(content):
                raise BadInput(
                    f"{where}: expected {at + size:,} bytes or more, up to the tensor {name}, "
                    f"found {len(content):,}"
                )
            values = np.frombuffer(content, kind, math.prod(shape), at).astype(np.float32)
            tensors[name] = _restored(values, quantised, f"{path}: {name}").reshape(shape)
            at += size
        if at != len(content):
            raise BadInput(
                f"{where}: expected {at:,} bytes, as {path.name} describes, found {len(content):,}"
            )
    return tensors


def in_torch_order(tensors: Tensors, name: str, shape: Sequence[int], file: str) -> Array:
    """Return a tensor with its axes in torch's order, if it has a shape.

    Parameters
    ----------
    tensors : dict
        From `read_tensors`.
    name : str
    shape : sequence of int
        In torch's order: a kernel is (out, in, height, width), a matrix (out, in).
    file : str
        The ``.json``, for the error.

    Raises
    ------
    BadInput
        There is no such tensor, or it has another shape.
    """
    axes = {4: (2, 3, 1, 0), 2: (1, 0)}.get(len(shape), range(len(shape)))
    expected = tuple(shape[axis] for axis in axes)
    found = tensors.get(name)
    if found is None or found.shape != expected:
        shown = "nothing" if found is None else found.shape
        raise BadInput(f"{file}: {name}: expected shape {expected}, found {shown}")
    return found.transpose(np.argsort(axes))


def _manifest(path: Path) -> list[dict[str, Any]]:
    text = read_bounded(path, DESCRIPTION, "the .json of a net of TensorFlow.js")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise BadInput(f"{path}: not JSON; expected that of a net of TensorFlow.js") from None
    groups = found.get("weightsManifest") if isinstance(found, dict) else found
    if not (isinstance(groups, list) and groups and all(map(_is_group, groups))):
        raise BadInput(
            f"{path}: expected a manifest of TensorFlow.js, whose groups have 'paths' and "
            "'weights', found none"
        )
    return groups


def _is_group(group: Any) -> bool:
    return isinstance(group, dict) and all(
        isinstance(group.get(key), list) for key in ("paths", "weights")
    )


def _described(tensor: Any, path: Path) -> tuple[str, tuple[int, ...], str, Mapping[str, Any]]:
    """Return a tensor's name, shape, number type on disk and quantisation."""
    match tensor:
        case {"name": str(name), "shape": list(shape), "dtype": str(dtype)}:
            pass
        case _:
            raise BadInput(f"{path}: expected a tensor's name, shape and dtype, found {tensor!r}")
    if len(shape) > AXES or not all(isinstance(n, int) and 0 <= n <= LARGEST for n in shape):
        raise BadInput(f"{path}: {name}: expected a shape, found {shape}")
    if math.prod(shape) > LARGEST:
        raise BadInput(f"{path}: {name}: found {shape}, more than {LARGEST:,} numbers")
    quantised = tensor.get("quantization") or {}
    if not isinstance(quantised, Mapping):
        raise BadInput(f"{path}: {name}: expected a quantization, found {quantised!r}")
    stored = quantised.get("dtype", dtype)
    known = QUANTISED if quantised else TYPES
    if stored not in known:
        raise BadInput(
            f"{path}: {name}: found numbers of the type {stored!r}, expected one of "
            f"{', '.join(known)}"
        )
    return name, tuple(shape), known[stored], quantised


def _restored(values: Array, quantised: Mapping[str, Any], where: str) -> Array:
    """Return the numbers that were quantised: those on disk times the scale, plus the minimum."""
    if quantised and quantised["dtype"] != "float16":
        scale, least = quantised.get("scale"), quantised.get("min")
        if not all(isinstance(n, int | float) for n in (scale, least)):
            raise BadInput(f"{where}: expected a scale and a min, found {dict(quantised)}")
        with np.errstate(over="ignore"):  # what is beyond float32 becomes infinite
            values = values * np.float32(scale) + np.float32(least)
    if not np.isfinite(values).all():
        raise BadInput(f"{where}: found a number that is infinite or none")
    return values
