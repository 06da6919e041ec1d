"""What a method is given, and what it gives back."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aip.draws import generator
from aip.process import Copies, process
from aip.recognise.recogniser import Recogniser

Loss = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Problem:
    """A batch of heads to perturb against a recogniser, robust to processing.

    Attributes
    ----------
    x : (n, 3, s, s) float32 tensor
        The heads at the recogniser's input size, 0–255.
    y : (n,) int64 tensor
        The true labels.
    grey : (n,) bool tensor
        Heads without colour, which must stay so.
    recogniser : Recogniser
    robust_to : tuple of (kind, count)
        How many processed copies of each kind the gradient is averaged over.
    ids : (n,) int64 array
        Head numbers, which key the draws.
    seed : int
    """

    x: Tensor
    y: Tensor
    grey: Tensor
    recogniser: Recogniser
    robust_to: Copies
    ids: NDArray[np.int64]
    seed: int

    def gradient(self, loss: Loss, r: Tensor, step: int) -> tuple[Tensor, Tensor]:
        """Return the loss at x + r and its gradient, averaged over the processed copies.

        Parameters
        ----------
        loss : callable
            (n, identities) scores and (n,) labels → (n,) losses.
        r : (n, 3, s, s) tensor
        step : int
            Which step this is; every step draws its processing anew.

        Returns
        -------
        (n,) tensor, (n, 3, s, s) tensor
        """
        total, g = torch.zeros_like(self.y, dtype=torch.float32), torch.zeros_like(r)
        copies = [(kind, copy) for kind, count in self.robust_to for copy in range(count)]
        for kind, copy in copies:
            draws = [generator(self.seed, "user", kind, int(i), step, copy) for i in self.ids]
            with torch.enable_grad():
                image = (self.x + r).requires_grad_()
                values = loss(self.recogniser(process(kind)(image, draws, "user")), self.y)
                g += torch.autograd.grad(values.sum(), image)[0]
            total += values.detach()
        return total / len(copies), g / len(copies)


@dataclass(frozen=True)
class Outcome:
    """What a method gives back.

    Attributes
    ----------
    r : (n, 3, s, s) float32 tensor
        The perturbations; x + r lies in 0–255 and the L2 norm of each r is at most epsilon.
    first_loss, last_loss : (n,) float32 tensor
        The loss at the first and at the last step.
    """

    r: Tensor
    first_loss: Tensor
    last_loss: Tensor
