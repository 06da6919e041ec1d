"""What a net learns from: the train subset, clean and perturbed."""

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torchvision.transforms.v2.functional import center_crop

from aip.album.heads import Heads
from aip.compute.draws import generator
from aip.process.rounding import to_8_bits
from aip.recognise.augment import augment, with_margin
from aip.recognise.finding import Find
from aip.recognise.lessons import WithLessons
from aip.recognise.recogniser import as_tensor, to_input, view
from aip.recognise.template import Template

# Bytes of images that are kept in memory, the first ones; others are read whenever they are used.
HELD = 1 << 30


class Material:
    """The heads of the train subset, resized with a margin for augmentation.

    The number of heads that memory holds changes only the time that training takes.

    Parameters
    ----------
    heads : Heads
        Open for as long as images are asked for.
    lessons : sequence of Path
        Perturbation files of heads of the train subset; how they are divided changes nothing.
    definition : mapping
        The recogniser's ``input_size``, and its ``template`` if it has one.
    seed : int
    find : callable, optional
        Finds the landmarks of lessons, for a net with a template.

    Attributes
    ----------
    identities : int
        The number of identities.
    labels : (n,) int64 tensor
        The clean heads first, then those of the lessons.
    """

    def __init__(
        self,
        heads: Heads,
        lessons: Sequence[Path],
        definition: dict[str, Any],
        seed: int,
        find: Find | None = None,
    ) -> None:
        chosen = heads.where("train")
        names, labels = np.unique(heads.identity[chosen], return_inverse=True)
        self.identities = len(names)
        self._input_size, self._seed = definition["input_size"], seed
        self._images, self._find = WithLessons(heads, chosen, lessons), find
        self._template = _within_margin(definition)
        size = (3, *with_margin(self._input_size))
        held = min(len(self._images), HELD // math.prod(size))
        self._held = torch.empty((held, *size), dtype=torch.uint8)
        for i in range(held):
            self._held[i] = self._read(i)
        self._row = np.searchsorted(chosen, self._images.positions)
        self.labels = torch.from_numpy(labels[self._row])
        self._numbers = _numbers(heads.id[chosen][self._row])

    def hold_out(self, share: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Divide the heads into those learnt and those held out; a head's copies stay with it."""
        clean = int(self._row.max(initial=-1)) + 1
        lots = generator(self._seed, "validation").random(clean)[self._row]
        return np.flatnonzero(lots >= share), np.flatnonzero(lots < share)

    def augmented(self, members: NDArray[np.int64], epoch: int) -> Tensor:
        """Return (n, 3, height, width) uint8 heads, as `augment` draws them for an epoch."""
        drawn = [
            augment(self._image(int(i)), self._input_size, self._seed, self._numbers[i], epoch)
            for i in members
        ]
        return torch.stack(drawn)

    def plain(self, members: NDArray[np.int64]) -> Tensor:
        """Return (n, 3, height, width) uint8 heads as they are."""
        images = torch.stack([self._image(int(i)) for i in members])
        cropped: Tensor = center_crop(images, list(self._input_size))
        return cropped

    def _image(self, number: int) -> Tensor:
        return self._held[number] if number < len(self._held) else self._read(number)

    def _read(self, number: int) -> Tensor:
        image, margin = self._images[number], with_margin(self._input_size)
        if self._template is None:
            return to_8_bits(to_input(image, margin))
        landmarks = self._images.landmarks(number, self._find)
        with torch.no_grad():
            return to_8_bits(view(as_tensor(image), margin, self._template, landmarks)[0])


def _within_margin(definition: dict[str, Any]) -> Template | None:
    """Return the net's template in pixels of its input with a margin."""
    template, size = definition.get("template"), definition["input_size"]
    if template is None:
        return None
    around = np.subtract(with_margin(size), size)[::-1] // 2
    moved: Template = (np.array(template) + around).tolist()
    return moved


def _numbers(ids: NDArray[np.int64]) -> list[int]:
    """Return the keys of the draws: a head's own number, and another for each further copy."""
    seen: Counter[int] = Counter()
    numbers = []
    for id_ in ids.tolist():
        numbers.append(id_ + (seen[id_] << 32))
        seen[id_] += 1
    return numbers
