"""Files of TensorFlow.js and its operations in NumPy, written from the format's description."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Array = NDArray[np.float32]


def write(path: Path, tensors: Mapping[str, Array], bits: int = 8, *, model: bool = False) -> None:
    """Write tensors as a manifest, or a model that holds one, and one binary file beside it.

    Of 8 or 16 bits, each tensor has a scale and a minimum; 16 bits of a model are half precision.
    """
    described, content = [], b""
    for name, values in tensors.items():
        entry: dict[str, Any] = {"name": name, "shape": list(values.shape), "dtype": "float32"}
        if bits == 32:
            stored = values.astype("<f4")
        elif model:
            entry["quantization"] = {"dtype": "float16", "original_dtype": "float32"}
            stored = values.astype("<f2")
        else:
            kind, most = f"uint{bits}", 2**bits - 1
            least = float(values.min())
            scale = float(values.max() - least) / most or 1.0
            entry["quantization"] = {"dtype": kind, "scale": scale, "min": least}
            stored = np.round((values - least) / scale).astype(f"<u{bits // 8}")
        described.append(entry)
        content += stored.tobytes()
    binary = path.with_suffix(".bin")
    manifest = [{"paths": [binary.name], "weights": described}]
    path.write_text(json.dumps({"weightsManifest": manifest} if model else manifest))
    binary.write_bytes(content)


def read(path: Path) -> dict[str, NDArray[np.float64]]:
    """Read tensors of one binary file in double precision."""
    found = json.loads(path.read_text())
    (group,) = found["weightsManifest"] if isinstance(found, dict) else found
    content, at, tensors = path.with_name(group["paths"][0]).read_bytes(), 0, {}
    for entry in group["weights"]:
        how = entry.get("quantization", {})
        kind = np.dtype(how.get("dtype", entry["dtype"])).newbyteorder("<")
        count = math.prod(entry["shape"])
        values = np.frombuffer(content, kind, count, at).astype(float)
        tensors[entry["name"]] = (values * how.get("scale", 1) + how.get("min", 0)).reshape(
            entry["shape"]
        )
        at += count * kind.itemsize
    return tensors


def convolve(x: Array, kernel: Array, stride: int = 1, *, same: bool) -> Array:
    """Convolve one (h, w, in) image as TensorFlow does; pads ``same``, or nothing."""
    size = len(kernel)
    if same:
        x = np.pad(x, [*(_pads(side, size, stride) for side in x.shape[:2]), (0, 0)])
    windows = sliding_window_view(x, (size, size), (0, 1))[::stride, ::stride]
    if kernel.shape[3] == 1 and kernel.shape[2] == x.shape[2]:  # depthwise
        return np.einsum("hwcij,ijc->hwc", windows, kernel[..., 0], optimize=True)
    return np.tensordot(windows, kernel, ([2, 3, 4], [2, 0, 1]))


def _pads(side: int, size: int, stride: int) -> tuple[int, int]:
    out = math.ceil(side / stride)
    total = max((out - 1) * stride + size - side, 0)
    return total // 2, total - total // 2


def pool(x: Array, size: int, stride: int, reduce: Any) -> Array:
    """Pool one (h, w, channels) image without padding."""
    return reduce(sliding_window_view(x, (size, size), (0, 1))[::stride, ::stride], axis=(3, 4))
