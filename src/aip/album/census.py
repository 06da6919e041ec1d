"""Counts of an album: photos, heads, identities, clipped boxes, and heads that left the study."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from aip.album.index import SUBSETS, Instance
from aip.album.missing import Missing
from aip.album.photo import read_size


@dataclass(frozen=True)
class Count:
    """The photos, heads and identities of a subset, or of one of its splits.

    Attributes
    ----------
    subset : str
    split : int or None
        None for the whole subset.
    """

    subset: str
    split: int | None
    photos: int
    heads: int
    identities: int


@dataclass(frozen=True)
class Census:
    """The counts of an album.

    Attributes
    ----------
    counts : list of Count
        For each subset, the whole and then its splits.
    negative_corners : int
        Boxes that start left of their photo or above it, and are clipped.
    missing, left_out : list of Missing
        The heads that left the study, and the files that are not read.
    """

    counts: list[Count]
    negative_corners: int
    missing: list[Missing]
    left_out: list[Missing]

    @property
    def reasons(self) -> dict[str, int]:
        """The number of heads that left for each reason, the most common first."""
        return dict(Counter(entry.reason for entry in self.missing).most_common())


def census(instances: Sequence[Instance], missing: Sequence[Missing]) -> Census:
    """Count an album, and what it lacks."""
    counts = []
    for subset in SUBSETS:
        heads = [instance for instance in instances if instance.subset == subset]
        splits = sorted({head.split for head in heads if head.split is not None})
        counts += [_count(subset, None, heads)] if heads else []
        counts += [_count(subset, s, [h for h in heads if h.split == s]) for s in splits]
    lost = [entry for entry in missing if entry.is_head]
    left_out = [entry for entry in missing if not entry.is_head]
    return Census(counts, negative_corners(instances), lost, left_out)


def negative_corners(instances: Iterable[Instance]) -> int:
    """Count the boxes that start left of their photo or above it."""
    return sum(min(instance.xmin, instance.ymin) < 0 for instance in instances)


def past_edge(instances: Iterable[Instance], photo_path: Callable[[Instance], Path]) -> int:
    """Count the boxes that reach past the right or the lower edge of their photo.

    Only the headers of JPEGs are read.

    Raises
    ------
    BadInput
        A photo is missing or no image.
    """
    past = 0

    def photo(instance: Instance) -> tuple[str, str]:
        return instance.photoset, instance.photo

    for _, run in groupby(sorted(instances, key=photo), key=photo):
        heads = list(run)
        width, height = read_size(photo_path(heads[0]))
        past += sum(h.xmin + h.width > width or h.ymin + h.height > height for h in heads)
    return past


def _count(subset: str, split: int | None, heads: list[Instance]) -> Count:
    photos = {(head.photoset, head.photo) for head in heads}
    return Count(subset, split, len(photos), len(heads), len({head.identity for head in heads}))
