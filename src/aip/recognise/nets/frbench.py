"""Face nets of the package frbench, named ``frbench:`` and frbench's own name of the backbone.

The package is not installed with the program; version 1.1.3 is the one that was read.
"""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from torch import nn

from aip.errors import BadInput, unknown
from aip.recognise.nets import Statistics
from aip.recognise.nets.state import load_state


def build(arch: str, weights: str | None) -> nn.Module:
    """Build a backbone with frbench's defaults: 112 × 112, 512 features.

    Parameters as in `aip.recognise.nets.building.build`. frbench's own downloads are not used:
    their checksums come from the server that has the files.

    Raises
    ------
    BadInput
        frbench is not installed, or has no such backbone.
    """
    name, known = arch.removeprefix("frbench:"), backbones()
    if name not in known:
        raise unknown("recogniser", "arch", arch, [f"frbench:{each}" for each in known])
    net = cast(nn.Module, known[name]())
    if weights is not None:
        load_state(net, Path(weights))
    return net


def statistics(arch: str, net: nn.Module) -> Statistics:  # noqa: ARG001
    """Return frbench's default: (x − 127.5) / 127.5."""
    return Statistics((127.5, 127.5, 127.5), (127.5, 127.5, 127.5))


def backbones() -> Mapping[str, Any]:
    """Return what builds frbench's backbones, by its names of them.

    Raises
    ------
    BadInput
        frbench is not installed.
    """
    try:
        package = import_module("frbench.backbones")
    except ModuleNotFoundError as error:
        missing = str(error.name).partition(".")[0]
        raise BadInput(
            f"an arch that begins with frbench: needs the package {missing}, which is not "
            "installed here; expected frbench 1.1.3, as pip install --no-deps frbench==1.1.3 "
            "installs it"
        ) from None
    return cast(Mapping[str, Any], package.BACKBONE_REGISTRY)
