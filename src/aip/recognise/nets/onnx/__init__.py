"""Nets from ONNX files, differentiable in PyTorch.

`load` makes a module of a file, whose ``forward`` takes (n, 3, height, width) images and gives a
tuple of all the outputs of the graph, in its order::

    from aip.recognise.nets.onnx import load

    heat, scale, offset, landmarks = load(Path("centerface.onnx"))(images)

Shapes are those of the images: what a file says of the size of its input is not held to. As a
recogniser's ``arch``, ``onnx:`` and a file's name stand for the file's one output.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from aip.recognise.nets import FACES, Statistics

if TYPE_CHECKING:
    from torch import nn

    from aip.recognise.nets.onnx.net import OnnxNet

BEGINNING = "onnx:"


def load(path: Path) -> "OnnxNet":
    """Make a module of an ONNX file, with all the outputs of its graph.

    Its weights are parameters, so that it computes where and in what precision they are; it is in
    evaluation mode.

    Parameters
    ----------
    path : Path
        It is parsed, and neither executed nor followed to other files.

    Returns
    -------
    Module
        (n, 3, height, width) images → a tuple of tensors, one for each output of the graph.

    Raises
    ------
    BadInput
        As for `aip.recognise.nets.onnx.reading.read_graph`; or an operator is unknown here.
    """
    from aip.recognise.nets.onnx.net import OnnxNet
    from aip.recognise.nets.onnx.reading import read_graph

    return OnnxNet(read_graph(Path(path))).eval()


def build(arch: str, weights: str | None) -> "nn.Module":  # noqa: ARG001
    """Build the net of a file, which has its weights.

    Raises
    ------
    BadInput
        As for `load`.
    """
    from aip.recognise.nets.onnx.embedding import Embedding

    return Embedding(load(file_of(arch))).eval()


def restore(path: Path) -> "nn.Module":
    """Build the net that a state dict describes, its weights not yet filled in.

    Raises
    ------
    BadInput
        The state dict cannot be read, or does not describe a net.
    """
    from aip.recognise.nets.onnx.embedding import restore

    return restore(path)


def statistics(arch: str, net: "nn.Module") -> Statistics:  # noqa: ARG001
    """Return the statistics of most nets of faces, (x − 127.5) / 128; a config may say others."""
    return FACES


def made_for(arch: str) -> list[int] | None:
    """Return the (height, width) that a file fixes for its input, or None if it leaves it free.

    Raises
    ------
    BadInput
        As for `aip.recognise.nets.onnx.reading.read_graph`.
    """
    from aip.recognise.nets.onnx.reading import read_graph

    size = read_graph(file_of(arch)).size
    return None if size is None else list(size)


def sources(arch: str) -> list[Path]:
    """Return the file, whose content makes the net."""
    return [file_of(arch)]


def file_of(arch: str) -> Path:
    """Return the file that a name such as ``onnx:arcface.onnx`` speaks of."""
    return Path(arch.removeprefix(BEGINNING))
