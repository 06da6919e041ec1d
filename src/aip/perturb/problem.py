"""What a method is given, and what it gives back."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aip.device import move
from aip.draws import generator
from aip.errors import BadInput
from aip.process import Copies, process
from aip.process.resize import resize
from aip.recognise.recogniser import Recogniser

Loss = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Problem:
    """A batch of heads to perturb against one recogniser or several, robust to processing.

    Attributes
    ----------
    x : (n, 3, height, width) float tensor
        The heads at input size, 0–255. Against several recognisers, this is the largest of their
        inputs, and each is given x + r resized to its own.
    y : (n,) int64 tensor
        The true labels.
    grey : (n,) bool tensor
        Heads without colour, which must stay so.
    against : tuple of Recogniser
        They score the same identities in the same order.
    robust_to : tuple of (kind, count)
        How many processed copies of each kind the gradient is averaged over.
    ids : (n,) int64 array
        Head numbers, which key the draws.
    seed : int
    target : (n,) int64 tensor, optional
        Labels to be mistaken for; without it, any other than the true one will do.
    diversity : float
        From 0 to 1: with this probability, drawn per head, step and copy, what the nets see is
        first shrunk and padded at random (Xie et al. 2019).

    Raises
    ------
    BadInput
        If `diversity` is no probability.
    """

    x: Tensor
    y: Tensor
    grey: Tensor
    against: tuple[Recogniser, ...]
    robust_to: Copies
    ids: NDArray[np.int64]
    seed: int
    target: Tensor | None = None
    diversity: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.diversity <= 1:
            raise BadInput(f"diversity: found {self.diversity}, expected a probability from 0 to 1")

    def gradient(self, loss: Loss, r: Tensor, step: int) -> tuple[Tensor, Tensor]:
        """Return the loss at x + r and its gradient, averaged over processed copies and nets.

        Where there is a target, what is made small is −loss at the target.

        Parameters
        ----------
        loss : callable
            (n, identities) scores and (n,) labels → (n,) losses.
        r : (n, 3, height, width) tensor
        step : int
            Which step this is; every step draws its processing anew.

        Returns
        -------
        (n,) tensor, (n, 3, height, width) tensor
        """
        total, g = torch.zeros_like(r[:, 0, 0, 0]), torch.zeros_like(r)
        copies = [(kind, copy) for kind, count in self.robust_to for copy in range(count)]
        for kind, copy in copies:
            # One net after the other, so that the activations of one alone are held.
            for member in range(len(self.against)):
                with torch.enable_grad():
                    image = (self.x + r).requires_grad_()
                    draws = self._draws("user", kind, step, copy)
                    processed = process(kind)(image, draws, "user")
                    if self.diversity:
                        draws = self._draws("diversity", kind, step, copy)
                        processed = self._diverse(processed, draws)
                    values = self._aimed(loss, self._scores(member, processed))
                    g += torch.autograd.grad(values.sum(), image)[0]
                total += values.detach()
        count = len(copies) * len(self.against)
        return total / count, g / count

    def scores(self, r: Tensor) -> Tensor:
        """Return the (n, identities) scores of x + r, unprocessed; the mean over several nets."""
        with torch.no_grad():
            nets = range(len(self.against))
            return torch.stack([self._scores(net, self.x + r) for net in nets]).mean(0)

    def _draws(self, purpose: str, kind: str, step: int, copy: int) -> list[np.random.Generator]:
        return [generator(self.seed, purpose, kind, int(i), step, copy) for i in self.ids]

    def _diverse(self, images: Tensor, draws: list[np.random.Generator]) -> Tensor:
        changed = [rng.random() < self.diversity for rng in draws]
        which = move(torch.tensor(changed), images.device)[:, None, None, None]
        return torch.where(which, process("R")(images, draws, "user"), images)

    def _aimed(self, loss: Loss, scores: Tensor) -> Tensor:
        return loss(scores, self.y) if self.target is None else -loss(scores, self.target)

    def _scores(self, member: int, images: Tensor) -> Tensor:
        recogniser = self.against[member]
        scores: Tensor = recogniser(resize(images, *recogniser.input_size))
        return scores / self._scale[member] if len(self.against) > 1 else scores

    @cached_property
    def _scale(self) -> list[Tensor]:
        """Per net, the spread of each head's clean scores: else the net of the largest wins."""
        with torch.no_grad():
            clean = [net(resize(self.x, *net.input_size)) for net in self.against]
        return [scores.std(1, keepdim=True).clamp(min=1e-12) for scores in clean]


@dataclass(frozen=True)
class Outcome:
    """What a method gives back.

    Attributes
    ----------
    r : (n, 3, height, width) float tensor
        The perturbations; x + r lies in 0–255 and the L2 norm of each r is at most epsilon.
    first_loss, last_loss : (n,) float tensor
        The loss at the first and at the last step.
    """

    r: Tensor
    first_loss: Tensor
    last_loss: Tensor
