"""Convolutions."""

from collections.abc import Callable, Sequence

from torch import Tensor
from torch.nn import functional

from aip.recognise.nets.onnx.graph import Node

Function = Callable[..., Tensor]

LARGEST = 4096  # of a kernel's side, stride, dilation or padding

CONVOLVE = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}
TRANSPOSE = {
    1: functional.conv_transpose1d,
    2: functional.conv_transpose2d,
    3: functional.conv_transpose3d,
}


def bounded(node: Node, name: str, sides: int, default: int) -> list[int]:
    """Return an attribute with a whole number for each side of a map, or for each of its ends."""
    found = node.integers(name, [default] * sides)
    if len(found) != sides or not all(min(default, 1) <= each <= LARGEST for each in found):
        raise node.refuse(name, found, f"{sides} numbers between {min(default, 1)} and {LARGEST:,}")
    return found


def padding(
    node: Node, x: Tensor, kernel: Sequence[int], strides: Sequence[int], dilations: Sequence[int]
) -> tuple[list[int], list[int]]:
    """Return how many values to add before and after each side of a map."""
    sides = len(kernel)
    mode = node.text("auto_pad", "NOTSET")
    if mode == "NOTSET":
        pads = bounded(node, "pads", 2 * sides, 0)
        return pads[:sides], pads[sides:]
    if mode == "VALID":
        return [0] * sides, [0] * sides
    if mode not in ("SAME_UPPER", "SAME_LOWER"):
        raise node.refuse("auto_pad", mode, "NOTSET, VALID, SAME_UPPER or SAME_LOWER")
    total = [
        max((-(-side // stride) - 1) * stride + (k - 1) * dilation + 1 - side, 0)
        for side, k, stride, dilation in zip(x.shape[2:], kernel, strides, dilations, strict=True)
    ]
    small = [each // 2 for each in total]
    large = [each - half for each, half in zip(total, small, strict=True)]
    return (small, large) if mode == "SAME_UPPER" else (large, small)


def padded(x: Tensor, before: Sequence[int], after: Sequence[int], value: float = 0.0) -> Tensor:
    """Pad the last sides of a map with a value."""
    ends = [end for pair in zip(reversed(before), reversed(after), strict=True) for end in pair]
    return functional.pad(x, ends, value=value)


def convolution(node: Node) -> Function:
    """Slide a kernel over a map."""

    def compute(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        sides = weight.ndim - 2
        if sides not in CONVOLVE:
            raise node.refuse("W", tuple(weight.shape), "a kernel of one to three sides")
        strides = bounded(node, "strides", sides, 1)
        dilations = bounded(node, "dilations", sides, 1)
        before, after = padding(node, x, weight.shape[2:], strides, dilations)
        if before != after:
            x, before = padded(x, before, after), [0] * sides
        groups = node.integer("group", 1)
        found: Tensor = CONVOLVE[sides](x, weight, bias, strides, before, dilations, groups)
        return found

    return compute


def transposed_convolution(node: Node) -> Function:
    """Spread a kernel over a larger map."""
    if node.has("output_shape") or node.text("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        raise node.refuse("auto_pad or output_shape", "one", "pads")

    def compute(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        sides = weight.ndim - 2
        if sides not in TRANSPOSE:
            raise node.refuse("W", tuple(weight.shape), "a kernel of one to three sides")
        strides = bounded(node, "strides", sides, 1)
        dilations = bounded(node, "dilations", sides, 1)
        pads = bounded(node, "pads", 2 * sides, 0)
        more = bounded(node, "output_padding", sides, 0)
        before, after = pads[:sides], pads[sides:]
        groups = node.integer("group", 1)
        if before == after:
            found: Tensor = TRANSPOSE[sides](
                x, weight, bias, strides, before, more, groups, dilations
            )
            return found
        whole = TRANSPOSE[sides](x, weight, bias, strides, 0, more, groups, dilations)
        return padded(whole, [-each for each in before], [-each for each in after])

    return compute


OPERATORS = {"Conv": convolution, "ConvTranspose": transposed_convolution}
HOST: dict[str, tuple[int, ...]] = {}
