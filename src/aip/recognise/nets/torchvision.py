"""torchvision's classification nets."""

from pathlib import Path

import torch
from torch import nn

from aip.errors import BadInput, unknown
from aip.recognise.nets import IMAGENET, Statistics
from aip.recognise.nets.lean import torchvision
from aip.recognise.nets.state import load_state

models = torchvision.models

# Nets whose extra training heads the features do not need.
OPTIONS = {
    "googlenet": {"aux_logits": False, "init_weights": False},
    "inception_v3": {"aux_logits": False, "init_weights": False},
}


def build(arch: str, weights: str | None) -> nn.Module:
    """Build a net without its classifier; parameters as in `aip.recognise.nets.building.build`.

    For the paper's nets these are its features: fc7 of ``alexnet`` and ``vgg16``, the pooled
    features of ``googlenet`` and ``resnet152``.
    """
    known = models.list_models(module=models)
    if arch not in known:
        raise unknown("recogniser", "arch", arch, known)
    net: nn.Module = models.get_model(arch, weights=None, **OPTIONS.get(arch, {}))
    classifier = _classifier_name(net)
    if weights is not None:
        if Path(weights).suffix:
            load_state(net, Path(weights), drop=classifier)
        else:
            net.load_state_dict(_published(arch, weights), strict=False)
    parent, _, child = classifier.rpartition(".")
    setattr(net.get_submodule(parent), child, nn.Identity())
    return net


def statistics(arch: str, net: nn.Module) -> Statistics:  # noqa: ARG001
    """Return ImageNet's."""
    return IMAGENET


def _published(arch: str, name: str) -> dict[str, torch.Tensor]:
    known = {weight.name: weight for weight in models.get_model_weights(arch)}
    if name not in known:
        raise BadInput(f"unknown weights {name!r} of {arch}; expected one of {', '.join(known)}")
    state: dict[str, torch.Tensor] = known[name].get_state_dict(check_hash=True)
    return state


def _classifier_name(net: nn.Module) -> str:
    layers: list[str] = [n for n, m in net.named_modules() if isinstance(m, nn.Linear)]
    if not layers:  # fully convolutional, such as SqueezeNet
        layers = [n for n, m in net.named_modules() if isinstance(m, nn.Conv2d)]
    return layers[-1]
