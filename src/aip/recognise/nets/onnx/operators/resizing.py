"""Enlarging and shrinking maps."""

from collections.abc import Callable
from math import floor

import torch
from torch import Tensor

from aip.recognise.nets.onnx.graph import Node
from aip.recognise.nets.onnx.operators.values import affordable, whole

Function = Callable[..., Tensor]

# Where a place of the result lies in the map, by the result's place, both lengths and the scale.
PLACES: dict[str, Callable[[Tensor, int, int, float], Tensor]] = {
    "half_pixel": lambda at, _, __, scale: (at + 0.5) / scale - 0.5,
    "pytorch_half_pixel": lambda at, _, new, scale: (
        (at + 0.5) / scale - 0.5 if new > 1 else torch.zeros_like(at)
    ),
    "align_corners": lambda at, old, new, _: (
        at * (old - 1) / (new - 1) if new > 1 else torch.zeros_like(at)
    ),
    "asymmetric": lambda at, _, __, scale: at / scale,
}
NEAREST: dict[str, Callable[[Tensor], Tensor]] = {
    "round_prefer_floor": lambda at: (at - 0.5).ceil(),
    "round_prefer_ceil": lambda at: (at + 0.5).floor(),
    "floor": torch.floor,
    "ceil": torch.ceil,
}


def resize(node: Node) -> Function:
    """Resize a map by scales, or to sizes."""
    first = node.opset < 11  # of version 10, without regions and sizes
    places = node.text("coordinate_transformation_mode", "asymmetric" if first else "half_pixel")
    nearest = node.text("nearest_mode", "floor" if first else "round_prefer_floor")
    for name, found in (
        ("antialias", node.integer("antialias", 0)),
        ("exclude_outside", node.integer("exclude_outside", 0)),
        ("axes", int(node.has("axes"))),
    ):
        if found:
            raise node.refuse(name, found, "none")
    if node.text("keep_aspect_ratio_policy", "stretch") != "stretch":
        raise node.refuse(
            "keep_aspect_ratio_policy", node.text("keep_aspect_ratio_policy", ""), "stretch"
        )
    interpolate = _interpolation(node, places, nearest)

    def compute(
        x: Tensor,
        region_or_scales: Tensor | None = None,
        scales: Tensor | None = None,
        sizes: Tensor | None = None,
    ) -> Tensor:
        scales = region_or_scales if first else scales
        if sizes is not None and sizes.numel():
            return interpolate(x, None, whole(node, sizes))
        if scales is None or not scales.numel():
            raise node.refuse("scales", "none", "scales or sizes")
        return interpolate(x, scales.tolist(), None)

    return compute


def upsample(node: Node) -> Function:
    """Enlarge a map by scales, as before version 10."""
    interpolate = _interpolation(node, "asymmetric", "floor")
    given = node.attributes.get("scales")

    def compute(x: Tensor, scales: Tensor | None = None) -> Tensor:
        return interpolate(x, given if scales is None else scales.tolist(), None)

    return compute


def _interpolation(
    node: Node, places: str, nearest: str
) -> Callable[[Tensor, list[float] | None, list[int] | None], Tensor]:
    """Return what resizes a map side by side."""
    mode = node.text("mode", "nearest")
    for name, found, known in (
        ("mode", mode, ("nearest", "linear")),
        ("coordinate_transformation_mode", places, PLACES),
        ("nearest_mode", nearest, NEAREST),
    ):
        if found not in known:
            raise node.refuse(name, found, f"one of {', '.join(known)}")

    def compute(x: Tensor, scales: list[float] | None, sizes: list[int] | None) -> Tensor:
        sides = scales or sizes or []
        if len(sides) != x.ndim or not all(0 < each <= 2**16 for each in sides):
            raise node.refuse("scales or sizes", sides, f"{x.ndim} of them, above 0")
        new = sizes or [floor(side * scale) for side, scale in zip(x.shape, sides, strict=True)]
        affordable(node, new)
        for axis, length in enumerate(new):
            scale = sides[axis] if sizes is None else length / x.shape[axis]
            if length == x.shape[axis] and scale == 1:
                continue
            at = PLACES[places](
                torch.arange(length, dtype=torch.float64, device="cpu"),
                x.shape[axis],
                length,
                scale,
            )
            x = _nearest(x, axis, NEAREST[nearest](at)) if mode == "nearest" else _lerp(x, axis, at)
        return x

    return compute


def _nearest(x: Tensor, axis: int, at: Tensor) -> Tensor:
    chosen = at.clamp(0, x.shape[axis] - 1).long()
    return x.index_select(axis, chosen.to(x.device))


def _lerp(x: Tensor, axis: int, at: Tensor) -> Tensor:
    """Interpolate linearly between the two nearest values along an axis."""
    at = at.clamp(0, x.shape[axis] - 1)
    low = at.floor()
    share = (at - low).view([-1 if each == axis else 1 for each in range(x.ndim)])
    high = (low + 1).clamp(max=x.shape[axis] - 1)
    one, other = (x.index_select(axis, each.long().to(x.device)) for each in (low, high))
    return torch.lerp(one, other, share.to(x.device, x.dtype).expand_as(one))


OPERATORS = {"Resize": resize, "Upsample": upsample}
HOST = {"Resize": (1, 2, 3), "Upsample": (1,)}
