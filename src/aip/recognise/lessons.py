"""Lessons: published heads for adversarial training, learnt beside the clean ones."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aip.album.heads import Heads
from aip.recognise.finding import Find
from aip.store.hdf5 import ImageReader, reading


class WithLessons:
    """The images of some heads, followed by those of lessons, each read when it is asked for.

    Parameters
    ----------
    heads : Heads
    chosen : (n,) int64 array
        Which heads, as positions into `heads`.
    lessons : sequence of Path
        Perturbation files of some of these heads; how they are divided changes nothing.

    Attributes
    ----------
    positions : (m,) int64 array
        Of each image's head in `heads`; m is n and the number of heads in all lessons.
    """

    def __init__(self, heads: Heads, chosen: NDArray[np.int64], lessons: Sequence[Path]) -> None:
        self._heads, self._lessons = heads, lessons
        positions = [chosen]
        for lesson in lessons:
            with reading(lesson) as file:
                positions.append(heads.positions(file["id"][()]))
        self.positions = np.concatenate(positions)
        self._starts = np.cumsum([0, *(len(part) for part in positions)])

    def __len__(self) -> int:
        return len(self.positions)

    def __getitem__(self, number: int) -> NDArray[np.uint8]:
        """Return an image, (height, width, 3) uint8."""
        part = int(np.searchsorted(self._starts, number, side="right")) - 1
        if part == 0:
            return self._heads.images[int(self.positions[number])]
        with reading(self._lessons[part - 1]) as file:
            return ImageReader(file["images"])[number - int(self._starts[part])]

    def landmarks(self, number: int, find: Find | None) -> NDArray[np.float64] | None:
        """Return an image's landmarks, (5, 2): those of a clean head, or what is found in a lesson.

        None if nobody looked for them.
        """
        if number >= self._starts[1]:
            return None if find is None else find([self[number]])[0]
        if self._heads.landmarks is None:
            return None
        clean: NDArray[np.float64] = self._heads.landmarks[self.positions[number]]
        return clean
