"""Processing for a net that takes images of one size only."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from aip.process import Role, process, resizes
from aip.process.resize import resize_reproducibly


def process_keeping_size(
    kind: str, images: Tensor, generators: Sequence[np.random.Generator], role: Role
) -> Tensor:
    """Process a batch of images; those that a kind shrinks are enlarged to their size again.

    Parameters
    ----------
    kind : str
    images, generators, role
        As in `aip.process`.

    Returns
    -------
    (n, 3, height, width) tensor
    """
    function = process(kind)
    if not resizes(kind):
        return function(images, generators, role)
    height, width = images.shape[-2:]
    alone = zip(torch.split(images, 1), generators, strict=True)
    seen = [function(image, [rng], role) for image, rng in alone]
    return torch.cat([resize_reproducibly(image, height, width) for image in seen])
