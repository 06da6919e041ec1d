"""torchvision's classification nets."""

from pathlib import Path

from torch import nn
from torchvision import models

from aip.errors import unknown
from aip.recognise.nets import IMAGENET, Statistics
from aip.recognise.nets.state import load_state

# Nets whose extra training heads the features do not need.
OPTIONS = {
    "googlenet": {"aux_logits": False, "init_weights": False},
    "inception_v3": {"aux_logits": False, "init_weights": False},
}


def build(arch: str, weights: str | None) -> nn.Module:
    """Build a net without its classifier; parameters as in `aip.recognise.nets.building.build`.

    For the paper's nets this gives the paper's features: fc7 of ``alexnet`` and ``vgg16``, the
    pooled features of ``googlenet`` and ``resnet152``.
    """
    known = models.list_models(module=models)
    if arch not in known:
        raise unknown("recogniser", "arch", arch, known)
    net: nn.Module = models.get_model(arch, weights=None, **OPTIONS.get(arch, {}))
    classifier = _classifier_name(net)
    if weights is not None:
        load_state(net, Path(weights), drop=classifier)
    parent, _, child = classifier.rpartition(".")
    setattr(net.get_submodule(parent), child, nn.Identity())
    return net


def statistics(arch: str, net: nn.Module) -> Statistics:  # noqa: ARG001
    """Return the statistics of ImageNet."""
    return IMAGENET


def _classifier_name(net: nn.Module) -> str:
    layers: list[str] = [n for n, m in net.named_modules() if isinstance(m, nn.Linear)]
    if not layers:  # fully convolutional, such as SqueezeNet
        layers = [n for n, m in net.named_modules() if isinstance(m, nn.Conv2d)]
    return layers[-1]
