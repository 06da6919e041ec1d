"""Parts of a tensor, and tensors put together."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from aip.recognise.nets.onnx.graph import Node
from aip.recognise.nets.onnx.operators.values import affordable, agreeing, whole

Function = Callable[..., Tensor]


def concatenation(node: Node) -> Function:
    """Put tensors one after the other along an axis."""
    axis = node.integer("axis", 0)
    return lambda *parts: torch.cat(agreeing(*parts), axis)


def slicing(node: Node) -> Function:
    """Take a range of each of some axes."""

    def compute(
        x: Tensor,
        starts: Tensor | None = None,
        ends: Tensor | None = None,
        along: Tensor | None = None,
        steps: Tensor | None = None,
    ) -> Tensor:
        first = node.integers("starts") if starts is None else whole(node, starts)
        last = node.integers("ends") if ends is None else whole(node, ends)
        axes = node.integers("axes", range(len(first))) if along is None else whole(node, along)
        by = [1] * len(first) if steps is None else whole(node, steps)
        for axis, start, end, step in zip(axes, first, last, by, strict=True):
            length = x.shape[axis]
            chosen = range(length)[slice(start, _end(end, length, step), step)]
            if step == 1:
                x = x.narrow(axis, chosen.start, len(chosen))
            else:
                x = x.index_select(axis, torch.tensor(list(chosen), dtype=torch.long).to(x.device))
        return x

    return compute


def _end(end: int, length: int, step: int) -> int | None:
    """Return a slice's end as Python means it: backwards, one before the first is None."""
    return None if step < 0 and end < -length else end


def gathering(node: Node) -> Function:
    """Take entries along an axis, by their numbers."""
    axis = node.integer("axis", 0)

    def compute(x: Tensor, chosen: Tensor) -> Tensor:
        along = axis % max(x.ndim, 1)
        flat = chosen.flatten()
        flat = torch.where(flat < 0, flat + x.shape[along], flat)
        found = x.index_select(along, flat.to(x.device).long())
        return found.reshape([*x.shape[:along], *chosen.shape, *x.shape[along + 1 :]])

    return compute


def splitting(node: Node) -> Callable[..., tuple[Tensor, ...]]:
    """Divide along an axis, by sizes or into equal parts."""
    axis, parts = node.integer("axis", 0), len(node.outputs)

    def compute(x: Tensor, sizes: Tensor | None = None) -> tuple[Tensor, ...]:
        given = node.integers("split") if sizes is None else whole(node, sizes)
        return torch.split(x, given or -(-x.shape[axis] // parts), axis)

    return compute


def padding(node: Node) -> Function:
    """Surround by a value, by the edge, or by a mirror image."""
    mode = node.text("mode", "constant")
    modes = {"constant": "constant", "edge": "replicate", "reflect": "reflect"}
    if mode not in modes:
        raise node.refuse("mode", mode, f"one of {', '.join(modes)}")

    def compute(
        x: Tensor,
        pads: Tensor | None = None,
        value: Tensor | None = None,
        along: Tensor | None = None,
    ) -> Tensor:
        given = node.integers("pads") if pads is None else whole(node, pads)
        axes = list(range(x.ndim)) if along is None else [a % x.ndim for a in whole(node, along)]
        if len(given) != 2 * len(axes):
            raise node.refuse("pads", given, f"{2 * len(axes)} numbers")
        ends = [[0, 0] for _ in range(x.ndim)]
        for position, axis in enumerate(axes):
            ends[axis] = [given[position], given[len(axes) + position]]
        affordable(node, [max(n + sum(e), 0) for n, e in zip(x.shape, ends, strict=True)])
        if mode != "constant":
            while ends and not any(ends[0]):  # of the others, PyTorch takes the last three alone
                ends.pop(0)
        flat = [end for pair in reversed(ends) for end in pair]
        if mode != "constant":
            return _mirrored(x, flat, modes[mode])
        filled = node.number("value", 0.0) if value is None else float(value.item())
        return functional.pad(x, flat, value=filled)

    return compute


def _mirrored(x: Tensor, flat: list[int], mode: str) -> Tensor:
    """Pad by the map's own values; PyTorch wants two axes before those that are padded."""
    if not flat:
        return x
    lead = x.ndim - len(flat) // 2
    shown = x.flatten(0, lead - 1)[None] if lead else x[None, None]
    found = functional.pad(shown, flat, mode=mode)[0]
    return found.reshape([*x.shape[:lead], *found.shape[1:]]) if lead else found[0]


def tiling(node: Node) -> Function:
    """Repeat along each axis."""

    def compute(x: Tensor, repeats: Tensor) -> Tensor:
        times = whole(node, repeats)
        affordable(node, [n * t for n, t in zip(x.shape, times, strict=True)])
        return x.repeat(times)

    return compute


OPERATORS = {
    "Concat": concatenation,
    "Gather": gathering,
    "Pad": padding,
    "Slice": slicing,
    "Split": splitting,
    "Tile": tiling,
}
HOST = {"Gather": (1,), "Pad": (1, 2, 3), "Slice": (1, 2, 3, 4), "Split": (1,), "Tile": (1,)}
