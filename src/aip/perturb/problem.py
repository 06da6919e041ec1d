"""The input of a method, `Problem`, and its result, `Outcome`."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import add

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from aip.compute.device import move
from aip.compute.draws import generator
from aip.compute.scalars import check_size, is_finite
from aip.errors import BadInput
from aip.perturb.columns import check_column
from aip.perturb.ensemble import Ensemble, check_ensemble, soft_maximum
from aip.perturb.mixture import Share
from aip.perturb.native import Sizes, as_recognised, resized_to, uncovered
from aip.process import Copies, process
from aip.process.bounds import check_copies
from aip.process.keeping_size import process_keeping_size
from aip.recognise.interface import (
    aligns,
    check_ids,
    check_images,
    check_landmarks,
    check_net,
    check_seed,
    count_identities,
)
from aip.recognise.recogniser import Recogniser
from aip.recognise.sharing import scores_of, sharing

Loss = Callable[[Tensor, Tensor], Tensor]
Pass = tuple[str, int, dict[int, float]]


@dataclass(frozen=True)
class Problem:
    """A batch of heads to perturb against one net or several, robust to processing.

    Attributes
    ----------
    x : (n, 3, height, width) float32 or float64 tensor
        The heads, 0–255: at input size, which against several recognisers is the largest of their
        inputs, and each is given x + r resized to its own; or at their native sizes.
    y : (n,) int64 tensor
        The true labels.
    grey : (n,) bool tensor
        Heads without colour, which must stay so.
    against : tuple of Module
        Nets in evaluation mode that map (n, 3, h, w) images on the 0–255 scale to (n, identities)
        scores, of the same identities in the same order. Their parameters are not changed.
    robust_to : tuple of (kind, count)
        How many processed copies of each kind the gradient is averaged over.
    ids : (n,) int64 array
        Head numbers, which key the draws.
    seed : int
    target : (n,) int64 tensor, optional
        Labels to be mistaken for; without it, any other than the true one will do.
    diversity : float
        The probability, for each head, step and copy, that the image is shrunk and padded at random
        before the nets see it (Xie et al. 2019).
    native : tuple of (height, width), optional
        The heads' native sizes in pixels, where x holds heads at native size, each in the top left
        corner of its image, which is 0 beyond it; so is every r. The nets then see what they would
        see of the heads when published: x + r rounded to 8 bits, processed at native size, rounded
        again and resized to a net's own input (`aip.perturb.native`). Without it, they see x + r
        processed, and nothing is rounded.
    mixture : tuple of Share
        What each step averages over instead of `robust_to`: one copy of each share, by its weight.
        Recognisers that share a net share its pass.
    landmarks : (n, 5, 2) float array, optional
        Of each head's face, x and y in pixels of the head, NaN where none was found; a recogniser
        with a template needs them, and heads at native size. They stay those of the clean head, and
        move where processing moves the head (`aip.process.following`).
    ensemble : "mean" or "balanced"
        What is minimised against several nets: the mean of their losses, or about the largest of
        them (`aip.perturb.ensemble`); the latter without a mixture, which says itself who counts
        how much.

    Raises
    ------
    BadInput
        An attribute is not as described here, or they are not all on one device.
    """

    x: Tensor
    y: Tensor
    grey: Tensor
    against: tuple[nn.Module, ...]
    robust_to: Copies
    ids: NDArray[np.int64]
    seed: int
    target: Tensor | None = None
    diversity: float = 0.0
    native: Sizes | None = None
    mixture: tuple[Share, ...] = ()
    landmarks: NDArray[np.float64] | None = None
    ensemble: Ensemble = "mean"

    def __post_init__(self) -> None:
        check_images(self.x, torch.float32, torch.float64, where="x")
        if not isinstance(self.against, tuple | list):
            raise BadInput(
                f"against: found {type(self.against).__name__}, expected a tuple of torch.nn.Module"
            )
        if not self.against:
            raise BadInput("against: found no net, expected at least one")
        for net in self.against:
            check_net(net, self.x.device, where="against")
        if not is_finite(self.diversity) or not 0 <= self.diversity <= 1:
            raise BadInput(
                f"diversity: found {self.diversity!r}, expected a probability from 0 to 1"
            )
        self._check_mixture()
        check_ensemble(self.ensemble)
        if self.mixture and self.ensemble != "mean":
            raise BadInput(f"ensemble: found {self.ensemble!r} with a mixture, expected 'mean'")
        for name, value in (
            ("robust_to", check_copies(self.robust_to, where="robust_to")),
            ("diversity", float(self.diversity)),
            ("seed", check_seed(self.seed)),
            ("ids", check_ids(self.ids, len(self.x))),
        ):
            object.__setattr__(self, name, value)
        self._check_native()
        self._check_landmarks()
        check_column(self.grey, len(self.x), torch.bool, self.x.device, where="grey")
        self._check_labels(self.y, where="y")
        if self.target is not None:
            self._check_labels(self.target, where="target")
            if bool((self.target == self.y).any()):
                raise BadInput("target: found a head's own label, expected another")

    @cached_property
    def identities(self) -> int:
        """How many identities the nets score."""
        counts = [count_identities(net, self.x[:1]) for net in self.against]
        if len(set(counts)) > 1:
            raise BadInput(
                f"against: found nets that score {', '.join(map(str, counts))} identities, "
                "expected all to score the same"
            )
        return counts[0]

    @property
    def sizes(self) -> Sizes:
        """Height and width of each head, without what lies beyond it, in pixels."""
        return self.native or ((self.x.shape[2], self.x.shape[3]),) * len(self.x)

    def per_head(self, function: Callable[[Tensor], Tensor], r: Tensor) -> Tensor:
        """Apply a function of each head's values, such as a norm, to them alone.

        Parameters
        ----------
        function : callable
            (m, 3, h, w) tensor → (m, …) tensor, each entry from its own head only.
        r : (n, 3, height, width) tensor

        Returns
        -------
        (n, …) tensor
        """
        if self.native is None:
            return function(r)
        # A sum over the whole canvas would round as the canvas has it, which other heads decide.
        return torch.cat([function(each) for each in uncovered(r, self.native)])

    def gradient(self, loss: Loss, r: Tensor, step: int) -> tuple[Tensor, Tensor]:
        """Return the loss at x + r and its gradient, over processed copies and nets.

        With a target, the loss that counts is −loss at the target.

        Parameters
        ----------
        loss : callable
            (n, identities) scores and (n,) labels → (n,) losses.
        r : (n, 3, height, width) tensor
        step : int
            The number of the step; every step has draws of its own.

        Returns
        -------
        (n,) tensor, (n, 3, height, width) tensor
        """
        found = [self._mean_gradient(loss, r, step, passes) for passes in self._weighed]
        value, weights = soft_maximum(torch.stack([values for values, _ in found]))
        parts = [w[:, None, None, None] * g for w, (_, g) in zip(weights, found, strict=True)]
        return value, reduce(add, parts)

    def loss(self, loss: Loss, r: Tensor, step: int) -> Tensor:
        """Return the loss at x + r as `gradient` does, without the gradient."""
        found = [self._mean_loss(loss, r, step, passes) for passes in self._weighed]
        return soft_maximum(torch.stack(found))[0]

    def _mean_gradient(
        self, loss: Loss, r: Tensor, step: int, passes: list[Pass]
    ) -> tuple[Tensor, Tensor]:
        total, g = torch.zeros_like(r[:, 0, 0, 0]), torch.zeros_like(r)
        # One net after the other, so that memory holds the activations of only one.
        for kind, copy, members in passes:
            with torch.enable_grad():
                image = (self.x + r).requires_grad_()
                values = self._loss(loss, image, members, kind, step, copy)
                g += torch.autograd.grad(values.sum(), image)[0]
            total += values.detach()
        weight = _weight(passes)
        return total / weight, g / weight

    def _mean_loss(self, loss: Loss, r: Tensor, step: int, passes: list[Pass]) -> Tensor:
        total = torch.zeros_like(r[:, 0, 0, 0])
        with torch.no_grad():
            for kind, copy, members in passes:
                total += self._loss(loss, self.x + r, members, kind, step, copy)
        return total / _weight(passes)

    def scores(self, r: Tensor) -> Tensor:
        """Return the (n, identities) scores of x + r, unprocessed; the mean over several nets.

        At native size, these are the scores of the published heads. Against a mixture, each
        recogniser counts by how often it is played.
        """
        with torch.no_grad():
            found = [
                each
                for group in self._groups
                for each in self._scores(group, self._seen(self.x + r, group[0]))
            ]
            if not self.mixture:
                return torch.stack(found).mean(0)
            order = [member for group in self._groups for member in group]
            weights = [sum(w for m, _, w in self.mixture if m == member) for member in order]
            return reduce(add, [w * each for w, each in zip(weights, found, strict=True)])

    @cached_property
    def _passes(self) -> list[Pass]:
        """What a step averages over: kind, copy, and the weights of those who see it, by member."""
        if not self.mixture:
            copies = [(kind, copy) for kind, count in self.robust_to for copy in range(count)]
            return [(*each, {net: 1.0}) for each in copies for net in range(len(self.against))]
        passes = []
        for kind in dict.fromkeys(share.kind for share in self.mixture):
            seen = {share.member: share.weight for share in self.mixture if share.kind == kind}
            for group in self._groups:
                if members := {member: seen[member] for member in group if member in seen}:
                    passes.append((kind, 0, members))
        return passes

    @cached_property
    def _weighed(self) -> list[list[Pass]]:
        """The passes of each mean that is weighed against the others: one, or one for each net."""
        if self.ensemble == "mean":
            return [self._passes]
        nets = range(len(self.against))  # without a mixture, each pass has one
        return [[each for each in self._passes if net in each[2]] for net in nets]

    @cached_property
    def _groups(self) -> list[list[int]]:
        """The nets whose pass is shared."""
        return sharing(self.against) if self.mixture else [[n] for n in range(len(self.against))]

    def _loss(
        self, loss: Loss, image: Tensor, members: dict[int, float], kind: str, step: int, copy: int
    ) -> Tensor:
        """Return the (n,) losses at one processed copy, summed over nets by their weights.

        The nets share a pass, and so their input.
        """
        processed = self._seen(image, next(iter(members)), kind, step, copy)
        if self.diversity:
            processed = self._diverse(processed, self._draws("diversity", kind, step, copy))
        losses = [
            weight * (loss(each, self.y) if self.target is None else -loss(each, self.target))
            for weight, each in zip(
                members.values(), self._scores([*members], processed), strict=True
            )
        ]
        return reduce(add, losses)

    def _seen(
        self, images: Tensor, member: int, kind: str = "O", step: int = 0, copy: int = 0
    ) -> Tensor:
        """Return what one net sees of a processed copy."""
        draws = self._draws("user", kind, step, copy)
        if self.native is None:
            return process_keeping_size(kind, images, draws, "user")
        net = self.against[member]
        view = net.view if isinstance(net, Recogniser) else resized_to(self.native[0])
        return as_recognised(images, self.native, kind, draws, view, self.landmarks)

    def _draws(self, purpose: str, kind: str, step: int, copy: int) -> list[np.random.Generator]:
        return [generator(self.seed, purpose, kind, int(i), step, copy) for i in self.ids]

    def _diverse(self, images: Tensor, draws: list[np.random.Generator]) -> Tensor:
        changed = [rng.random() < self.diversity for rng in draws]
        which = move(torch.tensor(changed), images.device)[:, None, None, None]
        return torch.where(which, process("R")(images, draws, "user"), images)

    def _scores(self, members: list[int], images: Tensor) -> list[Tensor]:
        """Return the scores of one net, or of several that share their pass."""
        found = scores_of([self.against[member] for member in members], images)
        if len(self.against) == 1:
            return found
        return [each / self._scale[n] for n, each in zip(members, found, strict=True)]

    @cached_property
    def _scale(self) -> dict[int, Tensor]:
        """Per net, the spread of each head's clean scores; else the net with the largest wins."""
        scale = {}
        with torch.no_grad():
            for group in self._groups:
                shown = self._seen(self.x, group[0])
                clean = scores_of([self.against[member] for member in group], shown)
                for member, scores in zip(group, clean, strict=True):
                    scale[member] = scores.std(1, keepdim=True).clamp(min=1e-12)
        return scale

    def _check_mixture(self) -> None:
        known = range(len(self.against))
        if {share.member for share in self.mixture} - {*known}:
            raise BadInput(
                f"mixture: found {self.mixture!r}, expected members from 0 to {known[-1]}"
            )
        for share in self.mixture:
            check_copies(((share.kind, 1),), where="mixture")
            if not is_finite(share.weight) or share.weight <= 0:
                raise BadInput(f"mixture: found the weight {share.weight!r}, expected one above 0")
        if len({share[:2] for share in self.mixture}) < len(self.mixture):
            raise BadInput("mixture: found a net behind one kind of processing twice")

    def _check_native(self) -> None:
        if self.native is None:
            return
        sizes = tuple(check_size(size, where="native") for size in self.native)
        height, width = self.x.shape[2:]
        largest = tuple(max(sides) for sides in zip(*sizes, strict=True))
        if len(sizes) != len(self.x) or largest != (height, width):
            raise BadInput(
                f"native: found {len(sizes)} sizes, the largest sides {largest}, expected "
                f"{len(self.x)} and {(height, width)}, as x has"
            )
        object.__setattr__(self, "native", sizes)
        for net in self.against:
            if len(set(sizes)) > 1 and not isinstance(net, Recogniser):
                raise BadInput(
                    f"against: found {type(net).__name__}, expected a Recogniser, which resizes "
                    "heads of several sizes to its input"
                )

    def _check_landmarks(self) -> None:
        if self.landmarks is not None:
            found = check_landmarks(self.landmarks, len(self.x), where="landmarks")
            object.__setattr__(self, "landmarks", found)
        if any(map(aligns, self.against)) and (self.native is None or self.landmarks is None):
            lacking = "native" if self.landmarks is not None else "landmarks"
            raise BadInput(
                f"{lacking}: found None, expected it with a Recogniser that has a template, which "
                "sees heads of native size by their landmarks"
            )

    def _check_labels(self, labels: Tensor, *, where: str) -> None:
        check_column(labels, len(self.x), torch.int64, self.x.device, where=where)
        low, high = int(labels.min()), int(labels.max())
        if low < 0 or high >= self.identities:
            raise BadInput(
                f"{where}: found labels from {low} to {high}, expected 0 to {self.identities - 1}, "
                "as many as the net scores"
            )


def _weight(passes: list[Pass]) -> float:
    return sum(weight for *_, members in passes for weight in members.values())


@dataclass(frozen=True)
class Outcome:
    """The result of a method.

    Attributes
    ----------
    r : (n, 3, height, width) float tensor
        The perturbations; x + r lies in 0–255 and the L2 norm of each r is at most epsilon.
    first_loss : (n,) float tensor
        The loss at the first step, with the draws of step 0.
    last_loss : (n,) float tensor
        The loss at r, with draws that no step optimised over: those of the step after the last.
    """

    r: Tensor
    first_loss: Tensor
    last_loss: Tensor
