"""timm's nets, named ``timm:`` and the name that timm gives."""

from pathlib import Path

import timm
from torch import nn

from aip.errors import BadInput, unknown
from aip.recognise.nets import Statistics
from aip.recognise.nets.state import load_state


def build(arch: str, weights: str | None) -> nn.Module:
    """Build a net that gives its pooled features.

    Parameters as in `aip.recognise.nets.building.build`; the weights that timm downloads have the
    name ``pretrained``, or the tag that timm gives them, such as ``in1k``.
    """
    name = _known(arch)
    if weights is None or Path(weights).suffix:
        net: nn.Module = timm.create_model(name, pretrained=False, num_classes=0)
        if weights is not None:
            load_state(net, Path(weights))
        return net
    tags = [tag.partition(".")[2] for tag in timm.list_pretrained(f"{name}.*")]
    known = ["pretrained", *tags] if tags else []
    if weights not in known:
        expected = f"one of {', '.join(known)}" if known else "a file or null"
        raise BadInput(f"unknown weights {weights!r} of {arch}; expected {expected}")
    tagged = name if weights == "pretrained" else f"{name}.{weights}"
    return timm.create_model(tagged, pretrained=True, num_classes=0)


def statistics(arch: str, net: nn.Module) -> Statistics:  # noqa: ARG001
    """Return those that the net's default weights were taught with."""
    known = timm.get_pretrained_cfg(_known(arch)) or timm.models.PretrainedCfg()
    (r, g, b), (dr, dg, db) = known.mean, known.std
    return Statistics((255 * r, 255 * g, 255 * b), (255 * dr, 255 * dg, 255 * db))


def _known(arch: str) -> str:
    name = arch.removeprefix("timm:")
    # timm would take weights' tag after a point, and fail where it has no such weights.
    if "." in name or not timm.is_model(name):
        raise unknown("recogniser", "arch", arch, [f"timm:{known}" for known in timm.list_models()])
    return name
