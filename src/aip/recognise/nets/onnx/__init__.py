"""Nets from ONNX files, differentiable in PyTorch.

`load` makes a module of a file, whose ``forward`` takes (n, 3, height, width) images and gives a
tuple of all the outputs of the graph, in its order::

    from aip.recognise.nets.onnx import load

    heat, scale, offset, landmarks = load(Path("centerface.onnx"))(images)

Shapes are those of the images: what a file says of the size of its input is not held to.
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aip.recognise.nets.onnx.net import OnnxNet


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
