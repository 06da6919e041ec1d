"""Whether what another program published of a head is the same picture, but for its change."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from aip.album.heads import Heads

SIDE = 16  # pixels of the small pictures that are compared
ALIKE = 0.4  # correlation of a head with itself, changed, at least
UNCHANGED, SHARE = 8, 0.25  # or this share of its values differ by at most so much
CLEARLY = 0.25  # another picture is nearer if its distance from 1 is less than this of the head's
Picture = NDArray[np.uint8]
Small = NDArray[np.float32]

TURNS: dict[str, Callable[[Small], Small]] = {
    "mirrored": lambda small: small[:, ::-1],
    "upside down": lambda small: small[::-1],
    "turned by half": lambda small: small[::-1, ::-1],
    "with red and blue swapped": lambda small: small[..., ::-1],
}


class SmallPictures:
    """Small pictures of all heads of a split, among which a published one is looked for.

    Two pictures are compared by the correlation of their values in all three channels, at 16×16
    pixels. A published picture is that of its head if this is at least 0.4, or if a quarter of its
    values differ from the clean head's by at most 8, as where a face is covered; and if neither
    another head of the split nor the head mirrored, upside down, turned by half or with red and
    blue swapped is clearly nearer, its correlation c′ being such that 1 − c′ is less than a quarter
    of 1 − c. On faces of LFW, this took noise of 60 (root mean square), JPEG of quality 5, blur of
    30 % of the head's width, mosaics of three blocks, bars and boxes for changes of all 150 heads,
    and all 150 for another's where the heads were exchanged and changed by noise or JPEG. Of 150
    heads of other photos, it noticed two thirds.

    Parameters
    ----------
    heads : Heads
    position : int
        A head of the split, as a position into `heads`.
    """

    def __init__(self, heads: Heads, position: int) -> None:
        of_split = (heads.subset == heads.subset[position]) & (heads.split == heads.split[position])
        self._heads = heads
        self._row = {int(i): row for row, i in enumerate(np.flatnonzero(of_split))}
        self._small = np.stack([_small(heads.images[i]) for i in self._row])

    def why_another(self, published: Picture, position: int) -> str | None:
        """Say why a picture of a head's size is not of this head; None if it is."""
        small, row = _small(published), self._row[position]
        alike = self._small @ small
        own, alike[row] = float(alike[row]), -1
        turned = {
            how: float(turn(small.reshape(SIDE, SIDE, 3)).reshape(-1) @ self._small[row])
            for how, turn in TURNS.items()
        }
        other, how = int(alike.argmax()), max(turned, key=turned.__getitem__)
        if _is_nearer(turned[how], own):
            return f"the picture is {how}, expected the head as it was but for its change"
        if _is_nearer(float(alike[other]), own):
            number = self._heads.id[list(self._row)[other]]
            return f"the picture is of head {number}"
        clean = self._heads.images[position]
        near = np.abs(published.astype(np.int16) - clean) <= UNCHANGED
        if own < ALIKE and near.mean() < SHARE:
            return (
                f"another picture (its correlation with the head is {own:.2f}, expected at least "
                f"{ALIKE})"
            )
        return None


def _is_nearer(other: float, own: float) -> bool:
    return other > own and 1 - other < CLEARLY * (1 - own)


def _small(picture: Picture) -> Small:
    """Return a picture's values at 16×16 pixels, with mean 0 and norm 1; all 0 for a plain one."""
    shrunk = Image.fromarray(picture).resize((SIDE, SIDE), Image.Resampling.BOX)
    values = np.asarray(shrunk, dtype=np.float32).reshape(-1)
    values -= values.mean()
    norm = float(np.linalg.norm(values))
    return values / norm if norm else values
