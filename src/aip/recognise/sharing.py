"""Recognisers that share a net: it is loaded once, and each image passes through it once."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from aip.compute.device import CPU
from aip.process.resize import resize
from aip.recognise.interface import score
from aip.recognise.recogniser import Recogniser, read_rows

Files = tuple[dict[str, Any], str | Path, str | Path]


def load_sharing(files: Sequence[Files], device: torch.device = CPU) -> list[Recogniser]:
    """Load recognisers from their artifacts; those whose net is the same file share it.

    Parameters
    ----------
    files : sequence of (definition, path, path)
        Of each recogniser its definition, its net and its classifier, as `Recogniser.load` takes
        them.
    device : torch.device
    """
    first: dict[Path, Recogniser] = {}
    loaded = []
    for definition, net, svm in files:
        if Path(net) in first:
            loaded.append(with_classifier(first[Path(net)], Path(svm)))
        else:
            loaded.append(Recogniser.load(definition, Path(net), Path(svm), device))
            first[Path(net)] = loaded[-1]
    return loaded


def with_classifier(recogniser: Recogniser, path: Path) -> Recogniser:
    """Return a recogniser with the same net, not a copy of it, and another classifier."""
    weight, bias, identities, owners = read_rows(path)
    other = Recogniser(
        recogniser.net,
        weight,
        bias,
        identities,
        recogniser.input_size,
        recogniser.statistics,
        recogniser.dtype,
        recogniser.template,
        owners,
    )
    return other.to(recogniser.device)


def sharing(nets: Sequence[nn.Module]) -> list[list[int]]:
    """Return the positions of nets, those of recognisers that share a net together, in order."""
    groups: dict[int, list[int]] = {}
    for position, net in enumerate(nets):
        shared = net.net if isinstance(net, Recogniser) else net
        groups.setdefault(id(shared), []).append(position)
    return list(groups.values())


def scores_of(nets: Sequence[nn.Module], images: Tensor) -> list[Tensor]:
    """Return each net's (n, identities) scores of (n, 3, h, w) images on the 0–255 scale.

    Parameters
    ----------
    nets : sequence of Module
        One net of any kind; or recognisers that share a net, through which the images pass once.
    images : Tensor
        As for `aip.recognise.interface.score`.
    """
    first, *others = nets
    if not others or not isinstance(first, Recogniser):
        return [score(net, images) for net in nets]
    features = first.features(resize(images, *first.input_size))
    return [
        net.classify(features) if isinstance(net, Recogniser) else score(net, images)
        for net in nets
    ]
