"""J: JPEG coding at a random quality (Dziugaite et al. 2016; Guo et al. 2018)."""

from collections.abc import Sequence
from io import BytesIO

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from aip.compute.device import move
from aip.process import Range, Role
from aip.process.rounding import to_8_bits
from aip.process.straight_through import straight_through

RANGE = (50, 95)  # of the quality


def jpeg(
    images: Tensor,
    generators: Sequence[np.random.Generator],
    role: Role,  # noqa: ARG001
    within: Range = RANGE,
) -> Tensor:
    """Round each image to 8 bits, code it as JPEG and decode it.

    The quality is a uniform integer of the range, colour is kept at half the resolution (4:2:0),
    and the gradient passes straight through. Parameters as in `aip.process`.
    """
    values = to_8_bits(images).permute(0, 2, 3, 1)
    coded = [
        _code(image, int(rng.integers(*within, endpoint=True)))
        for image, rng in zip(values.cpu().numpy(), generators, strict=True)
    ]
    decoded = torch.from_numpy(np.stack(coded)).permute(0, 3, 1, 2)
    return straight_through(images, move(decoded, images.device).to(images.dtype))


def _code(image: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    file = BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=quality, subsampling="4:2:0")
    return np.asarray(Image.open(file))
