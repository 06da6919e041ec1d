"""O: no processing; the paper's “Proc” once the published image is read back."""

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from aip.process import Role


def nothing(images: Tensor, generators: Sequence[np.random.Generator], role: Role) -> Tensor:  # noqa: ARG001
    """Return the images as they are."""
    return images
