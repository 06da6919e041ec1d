"""Checking the nets that a config asks for, by name and size of the input, before anything runs."""

from collections.abc import Sequence

from aip.download.weights import of_net
from aip.errors import BadInput, unknown
from aip.recognise.nets import OWN, brought, module, source
from aip.recognise.nets.inputs import input_size
from aip.recognise.nets.published import is_published


def check_net(
    arch: str, weights: str | None, layer: str | None, size: Sequence[int], where: str
) -> None:
    """Refuse a recogniser's net, weights or layer that there is not, and an input it cannot take.

    Parameters
    ----------
    arch, weights : str, str or None
        As for `aip.recognise.nets.building.build`; a file of weights is not looked at.
    layer : str or None
        The submodule whose output is the feature.
    size : (height, width)
        The net's input.
    where : str
        The config's key of the recogniser, for the error.

    Raises
    ------
    BadInput
        A name is unknown, or the net computes no feature of such an input.
    """
    module(arch)
    if brought(arch):
        from aip.recognise.nets.trial import check_brought

        check_brought(arch, weights, layer, size, where=where)
        return
    if arch not in OWN:
        known = _archs(arch)
        if arch not in known:
            raise unknown(where, "arch", arch, known)
    if weights is not None and is_published(weights):
        named = of_net(arch)
        if weights not in named:
            raise unknown(where, f"weights of {arch}", weights, [*named, "a file", "null"])
    if layer is not None:
        layers = _layers(arch)
        if layer not in layers:
            raise unknown(where, f"feature_layer of {arch}", layer, layers)
    if arch in OWN and layer is None and list(size) == input_size(arch, None):
        return  # our own tests hold it to that, so PyTorch need not be loaded
    if reason := _failure(arch, layer, size):
        cut = "" if layer is None else f" to {layer}"
        raise BadInput(
            f"{where}: {arch}{cut} computes nothing of an input_size of {list(size)}: {reason}"
        )


def _archs(arch: str) -> list[str]:
    if arch.startswith("timm:"):
        import timm

        return [f"timm:{name}" for name in timm.list_models()]
    if arch.startswith("frbench:"):
        from aip.recognise.nets.frbench import backbones

        return [f"frbench:{name}" for name in backbones()]
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


def _failure(arch: str, layer: str | None, size: Sequence[int]) -> str:
    """Say why a net fails on such an input, or return an empty string."""
    import torch

    from aip.recognise.nets.building import cut

    reason = ""
    for device in ("meta", "cpu"):  # a net that computes with numbers fails where there are none
        try:
            with torch.device(device), torch.no_grad():
                net = source(arch).build(arch, None).eval()
                if layer is not None:
                    net = cut(net, layer)
                net(torch.zeros(1, 3, *size))
        except Exception as error:  # of any type
            reason = " ".join(str(error).split()) or type(error).__name__
        else:
            return ""
    return reason
