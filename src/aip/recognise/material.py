"""What a net learns from: the train subset in memory, clean and perturbed."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torchvision.transforms.v2.functional import center_crop

from aip.artifacts import ImageReader, reading
from aip.draws import generator
from aip.heads import Heads
from aip.recognise.augment import augment, with_margin
from aip.recognise.recogniser import to_input


class Material:
    """The heads of the train subset, resized with a margin for augmentation.

    Parameters
    ----------
    heads : Heads
    lessons : sequence of Path
        Perturbation files of heads of the train subset; how they are divided changes nothing.
    definition : mapping
        The recogniser's ``input_size``.
    seed : int

    Attributes
    ----------
    identities : int
        How many.
    labels : (n,) int64 tensor
        The clean heads first, then those of the lessons.
    """

    def __init__(
        self, heads: Heads, lessons: Sequence[Path], definition: dict[str, Any], seed: int
    ) -> None:
        chosen = heads.where("train")
        names, labels = np.unique(heads.identity[chosen], return_inverse=True)
        self.identities = len(names)
        self._input_size, self._seed = definition["input_size"], seed
        images = [self._with_margin(heads.images[int(i)]) for i in chosen]
        rows = [np.arange(len(chosen))]
        for lesson in lessons:
            with reading(lesson) as file:
                reader = ImageReader(file["images"])
                rows.append(np.searchsorted(heads.id[chosen], file["id"][()]))
                images += [self._with_margin(reader[i]) for i in range(len(reader))]
        self._images = torch.stack(images) if images else torch.zeros(0)
        self._row = np.concatenate(rows)
        self.labels = torch.from_numpy(labels[self._row])
        self._numbers = _numbers(heads.id[chosen][self._row])

    def hold_out(self, share: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Divide the heads into those learnt and those held out, every copy with its head."""
        clean = int(self._row.max(initial=-1)) + 1
        lots = generator(self._seed, "validation").random(clean)[self._row]
        return np.flatnonzero(lots >= share), np.flatnonzero(lots < share)

    def augmented(self, members: NDArray[np.int64], epoch: int) -> Tensor:
        """Return (n, 3, height, width) uint8 heads, as `augment` draws them for an epoch."""
        drawn = [
            augment(self._images[i], self._input_size, self._seed, self._numbers[i], epoch)
            for i in members
        ]
        return torch.stack(drawn)

    def plain(self, members: NDArray[np.int64]) -> Tensor:
        """Return (n, 3, height, width) uint8 heads as they are."""
        cropped: Tensor = center_crop(self._images[members], list(self._input_size))
        return cropped

    def _with_margin(self, image: NDArray[np.uint8]) -> Tensor:
        return to_input(image, with_margin(self._input_size)).round().to(torch.uint8)


def _numbers(ids: NDArray[np.int64]) -> list[int]:
    """Key each head's draws: by its own number, and by another for each further copy of it."""
    seen: Counter[int] = Counter()
    numbers = []
    for id_ in ids.tolist():
        numbers.append(id_ + (seen[id_] << 32))
        seen[id_] += 1
    return numbers
