"""Building nets that give features: from scratch, from weights, or as trained."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import torch
from torch import nn

from aip.compute.device import CPU
from aip.errors import BadInput, unknown
from aip.recognise.nets import Statistics, module, source, takes_mean
from aip.recognise.nets.mean import read_mean
from aip.recognise.nets.normalising import normalising
from aip.recognise.nets.published import fetch_weights, is_published
from aip.recognise.nets.state import load_state


def build(arch: str, weights: str | None, mean: str | None = None) -> nn.Module:
    """Build a net that gives features: the input of its last linear layer.

    Parameters
    ----------
    arch : str
        A classification net of ``torchvision.models``, such as ``resnet18``; ``timm:`` and a
        name of timm; ``caffe:`` and one of the paper's four nets; ``mobilefacenet`` or ``fp512``;
        ``onnx:`` and the name of a file; or ``module:<package>:<function>``, whose code runs.
    weights : str or None
        None for random weights; the file of a state dict (loaded without unpickling code), whose
        classifier is ignored; the ``.caffemodel`` of a Caffe net; or the name of weights to fetch,
        such as torchvision's ``IMAGENET1K_V1``, whose place and full checksum
        ``resources/weights.yaml`` knows.
    mean : str or None
        For a Caffe net, the file of the mean to subtract from its input; None for ImageNet's, or
        that of the state dict.

    Returns
    -------
    Module
        (n, 3, height, width) normalised images → (n, `dimension`) features.

    Raises
    ------
    BadInput
        The file of the weights or the mean cannot be read or does not fit the net; the net takes
        no mean; a name is unknown; or a download fails or has another checksum.
    """
    if mean is not None and not takes_mean(arch):
        raise BadInput(f"{mean}: a mean has no meaning for {arch}; only Caffe's nets take one")
    if weights is not None and is_published(weights):
        weights = str(fetch_weights(arch, weights))
    net = source(arch).build(arch, weights)
    if mean is not None:
        net.get_buffer("mean").copy_(read_mean(Path(mean)))
    return net


def load(
    arch: str, layer: str | None, path: Path, normalise: Mapping[str, Any] | None = None
) -> tuple[nn.Module, Statistics]:
    """Load a trained net, cut off after its features.

    Parameters
    ----------
    arch : str
        As for `build`.
    layer : str or None
        The submodule whose output, flattened, is the feature; None for what `build` gives.
    path : Path
        The net's state dict. Of an ONNX file's net it says all, so the file need not be there.
    normalise : mapping, optional
        For a net that a user brings, as for `aip.recognise.nets.normalising.normalising`.

    Returns
    -------
    Module, Statistics
        The net, which takes red, green and blue, and how its input is normalised.

    Raises
    ------
    BadInput
        The file does not fit the net, or the net has no such layer.
    """
    restore = getattr(source(arch), "restore", None)
    net: nn.Module = _empty(arch) if restore is None else restore(path)
    load_state(net, path)
    statistics = source(arch).statistics(arch, net)
    if layer is not None:
        if layer not in cut_points(net):
            raise unknown("recogniser", f"feature_layer of {arch}", layer, _children(net))
        net = cut(net, layer)
    return normalising(net, statistics, normalise)


def cut_points(net: nn.Module) -> list[str]:
    """Return the names of what a net can be cut to: its submodules, or the values of a graph."""
    if isinstance(net, Cuttable):
        return net.cut_points()
    return [name for name, _ in net.named_modules() if name]


def cut(net: nn.Module, layer: str) -> nn.Module:
    """Return a net whose output is that of a submodule, or a value of a graph, flattened."""
    if isinstance(net, Cuttable):
        return net.cut_at(layer)
    from torchvision.models.feature_extraction import create_feature_extractor

    return nn.Sequential(create_feature_extractor(net, {layer: "feature"}), _Feature())


@runtime_checkable
class Cuttable(Protocol):
    """A net that can be cut at more than its submodules."""

    def cut_points(self) -> list[str]:
        """Return the names of what it can be cut to."""

    def cut_at(self, value: str) -> nn.Module:
        """Return the net whose output is one of these, flattened."""


def _children(net: nn.Module) -> list[str]:
    """Return the names to suggest: of the outermost submodules, or of all values of a graph."""
    if isinstance(net, Cuttable):
        return net.cut_points()
    return [name for name, _ in net.named_children()]


def _empty(arch: str) -> nn.Module:
    """Build a net for a state dict to fill: drawing VGG-16's parameters would take seconds.

    A net of another library may hold tensors that its state dict has not.
    """
    if module(arch).endswith(".torchvision"):
        with suppress(NotImplementedError):  # a net that computes with numbers as it is built
            with torch.device("meta"):
                net = build(arch, weights=None)
            return net.to_empty(device=CPU)
    return build(arch, weights=None)


def dimension(net: nn.Module, input_size: Sequence[int]) -> int:
    """Return how many features a net gives for an input of (height, width)."""
    device = next(net.parameters()).device
    with torch.no_grad():
        return int(net.eval()(torch.zeros(2, 3, *input_size, device=device)).shape[1])


class _Feature(nn.Module):
    """Flattens the one output of torchvision's feature extractor."""

    def forward(self, outputs: dict[str, torch.Tensor]) -> torch.Tensor:
        return outputs["feature"].flatten(1)
