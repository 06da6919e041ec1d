"""Recognisers that share a net: it is loaded once, and each image passes through it once."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from aip.compute.device import CPU
from aip.process.resize import resize
from aip.recognise.interface import score
from aip.recognise.recogniser import Recogniser, read_svm

Files = tuple[dict[str, Any], str | Path, str | Path]


def load_sharing(files: Sequence[Files], device: torch.device = CPU) -> list[Recogniser]:
    """Load recognisers from their artifacts; those whose net is the same file share it.

    Parameters
    ----------
    files : sequence of (definition, path, path)
        Of each recogniser its definition, its net and its SVM, as `Recogniser.load` takes them.
    device : torch.device
    """
    first: dict[Path, Recogniser] = {}
    loaded = []
    for definition, net, svm in files:
        if Path(net) in first:
            loaded.append(with_svm(first[Path(net)], Path(svm)))
        else:
            loaded.append(Recogniser.load(definition, Path(net), Path(svm), device))
            first[Path(net)] = loaded[-1]
    return loaded


def with_svm(recogniser: Recogniser, svm: Path) -> Recogniser:
    """Return a recogniser with the same net, not a copy of it, and another SVM."""
    other = Recogniser(
        recogniser.net,
        *read_svm(svm),
        recogniser.input_size,
        recogniser.statistics,
        recogniser.dtype,
        recogniser.template,
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
        features @ net.weight.T + net.bias if isinstance(net, Recogniser) else score(net, images)
        for net in nets
    ]
