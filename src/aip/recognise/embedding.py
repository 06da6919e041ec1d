"""Embeddings of heads by a net that is taught already, to say how alike two faces are."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray

from aip.compute.blocks import blocks
from aip.compute.device import CPU, move
from aip.recognise.nets import source
from aip.recognise.nets.building import build, cut
from aip.recognise.nets.normalising import normalising
from aip.recognise.recogniser import Recogniser, compute_dtype, to_input


class Embedding:
    """A recogniser's features, as vectors of length 1.

    Parameters
    ----------
    recogniser : Recogniser
        Its SVM is not used.
    """

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser

    @classmethod
    def load(cls, definition: dict[str, Any], device: torch.device = CPU) -> Self:
        """Build the net of a recogniser that is not taught here.

        Parameters
        ----------
        definition : mapping
            The recogniser's ``arch``, ``weights``, ``feature_layer``, ``input_size``,
            ``precision``, ``mean`` if its net takes one, and ``normalise`` if a user brings it.
        device : torch.device

        Raises
        ------
        BadInput
            As for `aip.recognise.nets.building.build`.
        """
        arch, layer = definition["arch"], definition["feature_layer"]
        net = build(arch, definition["weights"], definition.get("mean"))
        statistics = source(arch).statistics(arch, net)
        net = net if layer is None else cut(net, layer)
        net, statistics = normalising(net, statistics, definition.get("normalise"))
        nobody, (height, width) = torch.zeros(0, 1), definition["input_size"]
        recogniser = Recogniser(
            net,
            nobody,
            nobody[:, 0],
            np.array([], str),
            (height, width),
            statistics,
            compute_dtype(definition["precision"], device),
        )
        return cls(recogniser.to(device))

    def __call__(self, heads: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Return the (n, d) embeddings of (h, w, 3) heads, n of at least 1."""
        size, device = self._recogniser.input_size, self._recogniser.device
        found = []
        for block, valid in blocks(len(heads), 1):
            inputs = torch.stack([to_input(heads[int(i)], size) for i in block])
            with torch.inference_mode():
                features = self._recogniser.features(move(inputs, device)).float().cpu().numpy()
            found.append(features[:valid])
        features = np.concatenate(found)
        length = np.linalg.norm(features, axis=1, keepdims=True)
        return np.asarray(features / np.maximum(length, np.finfo(np.float32).tiny), np.float32)
