"""Weights of a Caffe net: random, or from a file of Caffe or of this program."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from aip.errors import BadInput
from aip.recognise.nets import IMAGENET, Statistics
from aip.recognise.nets.caffemodel import Blobs, read_caffemodel
from aip.recognise.nets.state import load_state

# The mean of ILSVRC 2012's training images that ships with Caffe, over its pixels: R, G, B.
MEAN = (122.67891434, 116.66876762, 104.00698793)


def assemble(layers: Mapping[str, nn.Module], weights: str | None) -> nn.Module:
    """Assemble a net from its layers, with weights.

    Parameters
    ----------
    layers : mapping
        The net's layers in order, by name.
    weights : str or None
        None for random ones (He et al. 2015), a ``.caffemodel``, or the file of a state dict.

    Returns
    -------
    Module
        The net; subtract its buffer ``mean``, (3,), red, green and blue, from its input.

    Raises
    ------
    BadInput
        The file cannot be read or does not fit the net.
    """
    net = nn.Sequential()
    for name, layer in layers.items():
        net.add_module(name, layer)
    net.register_buffer("mean", torch.tensor(MEAN))
    if weights is None:
        _draw(net)
    elif Path(weights).suffix == ".caffemodel":
        _take(net, Path(weights))
    else:
        load_state(net, Path(weights))
    return net


def statistics(arch: str, net: nn.Module) -> Statistics:  # noqa: ARG001
    """Return the net's mean, and a deviation of 1."""
    red, green, blue = net.get_buffer("mean").tolist()
    return Statistics((red, green, blue), (1.0, 1.0, 1.0))


def _draw(net: nn.Module) -> None:
    """Draw weights that keep the scale of activations, for an input scaled to deviation 1."""
    drawn = [m for m in net.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    for layer in drawn:
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
    with torch.no_grad():
        drawn[0].weight /= float(np.mean(IMAGENET.deviation))


def _take(net: nn.Module, path: Path) -> None:
    """Load a caffemodel's blobs and check each; ignore layers that the net lacks."""
    layers = read_caffemodel(path)
    for place, module in net.named_modules():
        name = place.rpartition(".")[2]
        if isinstance(module, nn.Conv2d | nn.Linear):
            tensors = [module.weight] if module.bias is None else [module.weight, module.bias]
            _fill(tensors, _blobs(layers, name, [tuple(t.shape) for t in tensors], path))
        elif isinstance(module, nn.BatchNorm2d):
            size = (module.num_features,)
            mean, variance, (total,) = _blobs(layers, name, [size, size, (1,)], path)
            # Caffe stores decayed sums, and the sum of their weights to divide by.
            share = 1 / total if total else 0.0
            averages = [module.get_buffer("running_mean"), module.get_buffer("running_var")]
            _fill(averages, [mean * share, variance * share])
            scale = f"scale{name.removeprefix('bn')}"
            _fill([module.weight, module.bias], _blobs(layers, scale, [size, size], path))
    first = next(module for module in net.modules() if isinstance(module, nn.Conv2d))
    with torch.no_grad():
        first.weight.copy_(first.weight.flip(1))  # Caffe's nets see blue, green, red


def _blobs(
    layers: dict[str, Blobs], name: str, shapes: Sequence[tuple[int, ...]], path: Path
) -> Blobs:
    """Remove a layer from `layers`, and return its blobs in the expected shapes."""
    blobs = layers.pop(name, [])
    if len(blobs) > len(shapes):
        raise BadInput(f"{path}: layer {name}: expected {len(shapes)} blobs, found {len(blobs)}")
    for i, shape in enumerate(shapes):
        found = blobs[i].shape if i < len(blobs) else None
        # Old files have four dimensions throughout, the first of them 1.
        if found not in (shape, (1,) * (4 - len(shape)) + shape):
            shown = found or "nothing"
            raise BadInput(f"{path}: layer {name}, blob {i}: expected shape {shape}, found {shown}")
    return [blob.reshape(shape) for blob, shape in zip(blobs, shapes, strict=True)]


def _fill(tensors: Sequence[Tensor], blobs: Blobs) -> None:
    for tensor, blob in zip(tensors, blobs, strict=True):
        tensor.detach().numpy()[...] = blob
