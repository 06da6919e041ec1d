"""Convnets: torchvision's classification nets, by name, from scratch or from given weights."""

from pathlib import Path

import torch
import torchvision
from torch import nn
from torchvision.models import get_model, get_model_weights, list_models
from torchvision.models.feature_extraction import create_feature_extractor

from aip.errors import BadInput, unknown

# Nets whose extra training heads the features do not need.
OPTIONS = {
    "googlenet": {"aux_logits": False, "init_weights": False},
    "inception_v3": {"aux_logits": False, "init_weights": False},
}


def build(arch: str, weights: str | None) -> nn.Module:
    """Build a net that gives features: the input of torchvision's last linear layer.

    Parameters
    ----------
    arch : str
        The name of a classification net in ``torchvision.models``, such as ``resnet18``.
    weights : str or None
        None for random weights; the file of a state dict (loaded without unpickling code), whose
        classifier is ignored; or the name of torchvision's own weights, such as
        ``IMAGENET1K_V1``, which are downloaded and checked against their checksum.

    Returns
    -------
    Module
        (n, 3, s, s) normalised images → (n, `dimension`) features.

    Raises
    ------
    BadInput
        The weights' file cannot be read or does not fit the net; a name is unknown.
    """
    known = list_models(module=torchvision.models)
    if arch not in known:
        raise unknown("recogniser", "arch", arch, known)
    net: nn.Module = get_model(arch, weights=None, **OPTIONS.get(arch, {}))
    if weights is not None:
        if Path(weights).suffix:
            load_state(net, Path(weights), drop=_classifier_name(net))
        else:
            net.load_state_dict(_published(arch, weights), strict=False)
    _replace(net, _classifier_name(net), nn.Identity())
    return net


def load(arch: str, layer: str | None, path: Path) -> nn.Module:
    """Load a net that was taught, cut off where its features are taken.

    Parameters
    ----------
    arch : str
        As for `build`.
    layer : str or None
        The submodule whose output, flattened, is the feature; None for what `build` gives.
    path : Path
        The net's state dict.
    """
    net = build(arch, weights=None)
    load_state(net, path)
    if layer is None:
        return net
    if layer not in dict(net.named_modules()):
        raise unknown("recogniser", f"feature_layer of {arch}", layer, dict(net.named_children()))
    return nn.Sequential(create_feature_extractor(net, {layer: "feature"}), _Feature())


class _Feature(nn.Module):
    """Takes the one output of torchvision's feature extractor, flattened."""

    def forward(self, outputs: dict[str, torch.Tensor]) -> torch.Tensor:
        return outputs["feature"].flatten(1)


def load_state(net: nn.Module, path: Path, drop: str | None = None) -> None:
    """Load a state dict into a net, tensor by tensor, and check that all fit.

    Parameters
    ----------
    net : Module
    path : Path
        A file of `torch.save`; only tensors are read from it.
    drop : str, optional
        A submodule that the file may lack or hold in another shape.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise BadInput(f"{path}: the weights are missing") from None
    except Exception as error:  # torch raises many kinds for a file that it cannot read
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise BadInput(f"{path}: not a state dict of torch.save ({reason})") from error
    if not isinstance(state, dict):
        raise BadInput(f"{path}: not a state dict of torch.save (found a {type(state).__name__})")
    expected = net.state_dict()
    for name, tensor in expected.items():
        if drop is not None and name.startswith(f"{drop}."):
            state[name] = tensor
        found = getattr(state.get(name), "shape", None)
        if found != tensor.shape:
            shown = "nothing" if found is None else tuple(found)
            raise BadInput(f"{path}: {name}: expected shape {tuple(tensor.shape)}, found {shown}")
    net.load_state_dict({name: state[name] for name in expected})


def dimension(net: nn.Module, input_size: int) -> int:
    """Return how many features a net gives."""
    with torch.no_grad():
        return int(net.eval()(torch.zeros(2, 3, input_size, input_size)).shape[1])


def _published(arch: str, name: str) -> dict[str, torch.Tensor]:
    known = {weight.name: weight for weight in get_model_weights(arch)}
    if name not in known:
        raise BadInput(f"unknown weights {name!r} of {arch}; expected one of {', '.join(known)}")
    state: dict[str, torch.Tensor] = known[name].get_state_dict(check_hash=True)
    return state


def _classifier_name(net: nn.Module) -> str:
    layers: list[str] = [n for n, m in net.named_modules() if isinstance(m, nn.Linear)]
    if not layers:  # fully convolutional, such as SqueezeNet
        layers = [n for n, m in net.named_modules() if isinstance(m, nn.Conv2d)]
    return layers[-1]


def _replace(net: nn.Module, name: str, by: nn.Module) -> None:
    parent, _, child = name.rpartition(".")
    setattr(net.get_submodule(parent), child, by)
