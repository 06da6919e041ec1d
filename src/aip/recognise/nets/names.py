"""Checking the names that a config gives of nets, weights and layers, before anything runs."""

from aip.errors import unknown
from aip.recognise.nets import OWN, module, published, source


def check_names(arch: str, weights: str | None, layer: str | None, where: str) -> None:
    """Refuse a recogniser's net, weights or layer that there is not.

    Parameters
    ----------
    arch, weights : str, str or None
        As for `aip.recognise.nets.building.build`; a file of weights is not looked at.
    layer : str or None
        The submodule whose output is the feature.
    where : str
        The config's key of the recogniser, for the error.

    Raises
    ------
    BadInput
        A name is unknown.
    """
    module(arch)
    if arch not in OWN:
        known = _archs(arch)
        if arch not in known:
            raise unknown(where, "arch", arch, known)
    if weights is not None and published.is_published(weights):
        named = published.names(arch)
        if weights not in named:
            raise unknown(where, f"weights of {arch}", weights, [*named, "a file", "null"])
    if layer is not None:
        layers = _layers(arch)
        if layer not in layers:
            raise unknown(where, f"feature_layer of {arch}", layer, layers)


def _archs(arch: str) -> list[str]:
    if arch.startswith("timm:"):
        import timm

        return [f"timm:{name}" for name in timm.list_models()]
    from torchvision import models

    return [*models.list_models(module=models), *OWN]


def _layers(arch: str) -> list[str]:
    import torch

    try:
        with torch.device("meta"):  # which takes neither memory nor time
            net = source(arch).build(arch, None)
    except (NotImplementedError, RuntimeError):  # a net that computes with numbers as it is built
        net = source(arch).build(arch, None)
    return [name for name, _ in net.named_modules() if name]
