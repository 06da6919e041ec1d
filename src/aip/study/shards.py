"""Shards: which heads one job perturbs."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from aip.album import Purpose

# The split that enrols, and the split that is attacked.
Direction = Literal["0-1", "1-0"]


class Shard(NamedTuple):
    """The heads that one job perturbs for a purpose.

    Attributes
    ----------
    direction : Direction
        It has no meaning for the train heads.
    start, stop : int
        The first position and the one after the last, among the heads for that purpose in this
        direction.
    """

    direction: Direction
    start: int
    stop: int


def shards(purpose: Purpose, counts: Mapping[Direction, int], size: int) -> dict[str, Shard]:
    """Divide the heads for a purpose into shards, by name; one perturbation file each.

    The names say the first and the last head, and ``reverse`` where split 1 enrols.

    Parameters
    ----------
    purpose : Purpose
    counts : mapping
        How many heads there are, by direction.
    size : int
        The most heads of a shard.

    Examples
    --------
    >>> shards("attacked", {"1-0": 3}, 2)["reverse-000002-000002"]
    Shard(direction='1-0', start=2, stop=3)
    """
    found = {}
    for direction, count in counts.items():
        reverse = "reverse-" if direction == "1-0" and purpose != "train" else ""
        for start in range(0, count, size):
            stop = min(start + size, count)
            found[f"{reverse}{start:06d}-{stop - 1:06d}"] = Shard(direction, start, stop)
    return found
