"""timm's nets, named ``timm:`` and timm's own name."""

from pathlib import Path

import timm
from torch import nn

from aip.errors import unknown
from aip.recognise.nets import Statistics
from aip.recognise.nets.state import load_state


def build(arch: str, weights: str | None) -> nn.Module:
    """Build a net that gives its pooled features.

    Parameters as in `aip.recognise.nets.building.build`.
    """
    net: nn.Module = timm.create_model(_known(arch), pretrained=False, num_classes=0)
    if weights is not None:
        load_state(net, Path(weights))
    return net


def statistics(arch: str, net: nn.Module) -> Statistics:  # noqa: ARG001
    """Return the statistics that the net's default weights were trained with."""
    known = timm.get_pretrained_cfg(_known(arch)) or timm.models.PretrainedCfg()
    (r, g, b), (dr, dg, db) = known.mean, known.std
    return Statistics((255 * r, 255 * g, 255 * b), (255 * dr, 255 * dg, 255 * db))


def _known(arch: str) -> str:
    name = arch.removeprefix("timm:")
    # timm would read a tag of weights after a point, and fail without such weights.
    if "." in name or not timm.is_model(name):
        raise unknown("recogniser", "arch", arch, [f"timm:{known}" for known in timm.list_models()])
    return name
