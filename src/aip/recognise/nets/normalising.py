"""How the input of a net that a user brings is normalised, as a config says it."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from aip.recognise.nets import Statistics


def normalising(
    net: nn.Module, statistics: Statistics, said: Mapping[str, Any] | None
) -> tuple[nn.Module, Statistics]:
    """Return a net that takes red, green and blue, and the statistics of its input.

    Parameters
    ----------
    net : Module
    statistics : Statistics
        Those that it has where nothing is said.
    said : mapping or None
        ``mean`` and ``deviation``, each of red, green and blue on the 0–255 scale, and
        ``channels``, the order in which the net takes them: ``rgb`` or ``bgr``.
    """
    if said is None:
        return net, statistics
    (r, g, b), (dr, dg, db) = said["mean"], said["deviation"]
    turned = nn.Sequential(_Reversed(), net) if said["channels"] == "bgr" else net
    return turned, Statistics((r, g, b), (dr, dg, db))


class _Reversed(nn.Module):
    """Reverses the channels of images."""

    def forward(self, images: Tensor) -> Tensor:
        return images.flip(1)
