"""Teaching a convnet the identities of the train subset."""

import copy
import math
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.modules.dropout import _DropoutNd
from torchvision.ops import StochasticDepth

from aip.album.heads import Heads
from aip.compute.device import CPU, move
from aip.compute.draws import generator
from aip.errors import BadInput
from aip.recognise.checkpoint import Checkpoint, Part
from aip.recognise.finding import Find
from aip.recognise.material import Material
from aip.recognise.nets import Statistics, source
from aip.recognise.nets.building import build, dimension
from aip.recognise.nets.normalising import normalising
from aip.recognise.nets.state import load_state
from aip.recognise.recogniser import compute_dtype, normalise


@dataclass(frozen=True)
class Epoch:
    """One line of the learning curve.

    Attributes
    ----------
    epoch : int
        From 1.
    learning_rate : float
        At the epoch's last step.
    loss, accuracy : float
        Mean cross-entropy (nats) and share of right answers on augmented heads, while learning.
    validation_accuracy : float
        Share of right answers on the held-out heads, as they are; NaN if none are held out.
    """

    epoch: int
    learning_rate: float
    loss: float
    accuracy: float
    validation_accuracy: float


def train(
    heads: Heads,
    lessons: Sequence[Path],
    start: Path | None,
    definition: dict[str, Any],
    seed: int,
    threads: int,
    report: Callable[[Epoch], object],
    device: torch.device = CPU,
    checkpoint: Checkpoint | None = None,
    find: Find | None = None,
) -> nn.Module:
    """Train a net on the identities of the train subset.

    SGD on one of two schedules. On ``one-cycle`` (Smith and Topin 2018) the learning rate rises to
    its peak and falls, while Nesterov's momentum goes from 0.95 to 0.85 and back. On ``step`` the
    learning rate is multiplied by ``drop_by`` after every ``drop_every`` epochs, and momentum is
    plain and stays at 0.9, as that of Caffe's SGD solver.

    Each batch is divided into a fixed number of lanes, each with its own batch statistics. Up to
    `threads` threads work on the lanes, and the lanes' gradients are summed in order. So the result
    does not depend on the number of threads.

    Parameters
    ----------
    heads : Heads
    lessons : sequence of Path
        Perturbation files of heads of the train subset, which are learnt beside the clean ones:
        adversarial training (Goodfellow et al. 2015) against fixed user strategies.
    start : Path or None
        The state dict to start from; None for the definition's weights and mean.
    definition : mapping
        The recogniser's ``arch``, ``weights``, ``input_size``, ``precision`` and ``training``,
        ``mean`` if its net takes one, and ``template`` if it aligns heads; with 0 epochs the net
        stays as it starts.
    seed : int
    threads : int
    report : callable
        Called with each epoch's line of the learning curve.
    device : torch.device
        Where it is taught.
    checkpoint : Checkpoint, optional
        Where it is kept after every epoch but the last, and from where it goes on. The net is the
        same to the bit, and only epochs that were not yet learnt are reported.
    find : callable, optional
        Finds the landmarks of lessons, for a net with a template.

    Returns
    -------
    Module
        The net of features, without the classifier that it was taught with; on the processor.

    Raises
    ------
    BadInput
        Fewer than two identities in the train subset, fewer than two heads in a lane, or the loss
        or the net is no longer finite.
    """
    settings = definition["training"]
    torch.manual_seed(int(generator(seed, "net").integers(2**63)))
    if start is None:
        features = build(definition["arch"], definition["weights"], definition.get("mean"))
    else:
        features = build(definition["arch"], weights=None)
        load_state(features, start)
    if settings["epochs"] == 0:
        return features
    material = Material(heads, lessons, definition, seed, find)
    if material.identities < 2:
        raise BadInput(
            f"the album has {material.identities} identities in the train subset; a net needs at "
            "least two"
        )
    learnt, held_out = material.hold_out(settings["validation"])
    per_epoch = max(len(learnt) // settings["batch_size"], 1)
    smallest = len(learnt) // per_epoch // settings["lanes"]
    if smallest < 2:
        raise BadInput(
            f"training: {len(learnt)} heads in batches of {settings['batch_size']} and "
            f"{settings['lanes']} lanes leave {smallest} in a lane; its batch statistics need at "
            "least two (keys batch_size, lanes, validation)"
        )

    size = dimension(features, definition["input_size"])
    classifier = nn.Linear(size, material.identities)
    shown, statistics = normalising(
        features,
        source(definition["arch"]).statistics(definition["arch"], features),
        definition.get("normalise"),
    )
    net = nn.Sequential(shown, classifier).to(memory_format=torch.channels_last)
    net = net.to(device)

    optimiser = torch.optim.SGD(
        net.parameters(),
        settings["learning_rate"],
        momentum=0.9,
        nesterov=settings["schedule"] == "one-cycle",
        weight_decay=settings["weight_decay"],
        fused=True,
    )
    schedule = _schedule(optimiser, settings, per_epoch)
    lanes = _Lanes(net, statistics, settings, compute_dtype(definition["precision"], device))
    # One tensor for all steps and lanes. Small tensors kept from every step would fragment the
    # memory for the next step's large ones, and memory would grow with every step.
    losses = torch.empty((per_epoch, settings["lanes"]), device=device)
    rights = torch.empty_like(losses, dtype=torch.int64)
    parts: dict[str, Part] = {
        "net": net,
        **{f"lane {lane}": replica for lane, replica in enumerate(lanes.replicas)},
        "optimiser": optimiser,
        "schedule": schedule,
    }
    learnt_before = checkpoint.restore(parts) if checkpoint else 0
    workers = 1 if _draws(net) else min(threads, settings["lanes"])
    with ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        for epoch in range(learnt_before + 1, settings["epochs"] + 1):
            order = generator(seed, "order", epoch).permutation(learnt)
            batches = np.array_split(order, per_epoch)
            for number, batch in enumerate(batches):
                for lane, step in enumerate(lanes.step(pool, material, batch, epoch)):
                    losses[number, lane], rights[number, lane] = step
                # On a GPU, reading would wait, so there the epoch's end is soon enough.
                if device == CPU and not bool(losses[number].isfinite().all()):
                    raise _diverged(epoch, number, settings)
                learning_rate = float(schedule.get_last_lr()[0])
                optimiser.step()
                schedule.step()
            # Read only here, because reading waits until the device has done all of its work.
            loss = sum(
                len(batch) * sum(step) for batch, step in zip(batches, losses.tolist(), strict=True)
            )
            right = float(rights.sum())
            lanes.gather_statistics()
            if not math.isfinite(loss):
                first = int((~losses.isfinite().all(1)).nonzero()[0])
                raise _diverged(epoch, first, settings)
            if not all(bool(value.isfinite().all()) for value in net.state_dict().values()):
                raise _diverged(epoch, per_epoch - 1, settings)
            report(
                Epoch(
                    epoch,
                    learning_rate,
                    loss / len(order),
                    right / len(order),
                    _accuracy(net, statistics, material, held_out),
                )
            )
            if checkpoint and epoch < settings["epochs"]:
                checkpoint.keep(epoch, parts)
    return features.to(CPU)


def _diverged(epoch: int, number: int, settings: dict[str, Any]) -> BadInput:
    return BadInput(
        f"training: it diverges at learning_rate {settings['learning_rate']:g}: in step "
        f"{number + 1} of epoch {epoch} the loss or the net is no longer finite; expected a lower "
        "learning_rate"
    )


def _schedule(
    optimiser: torch.optim.Optimizer, settings: dict[str, Any], per_epoch: int
) -> torch.optim.lr_scheduler.LRScheduler:
    if settings["schedule"] == "step":
        return torch.optim.lr_scheduler.StepLR(
            optimiser, settings["drop_every"] * per_epoch, settings["drop_by"]
        )
    return torch.optim.lr_scheduler.OneCycleLR(
        optimiser, settings["learning_rate"], total_steps=settings["epochs"] * per_epoch + 1
    )


class _Step(NamedTuple):
    loss: Tensor
    right: Tensor


class _Lanes:
    """Replicas of a net that share its parameters and each learn from their part of a batch.

    `replicas` are the nets, one per lane.
    """

    def __init__(
        self,
        net: nn.Module,
        statistics: Statistics,
        settings: dict[str, Any],
        dtype: torch.dtype,
    ) -> None:
        self._net, self._statistics, self._dtype = net.train(), statistics, dtype
        self._smoothing = settings["label_smoothing"]
        shared = {id(parameter): parameter for parameter in net.parameters()}
        self.replicas = [copy.deepcopy(net, dict(shared)) for _ in range(settings["lanes"])]

    def step(
        self, pool: Executor, material: Material, batch: NDArray[np.int64], epoch: int
    ) -> list[_Step]:
        """Leave the batch's mean gradient in the net's parameters; say how each lane went."""
        parts = np.array_split(batch, len(self.replicas))
        learn = [
            pool.submit(self._learn, replica, material, part, epoch, len(part) / len(batch))
            for replica, part in zip(self.replicas, parts, strict=True)
        ]
        results = [future.result() for future in learn]
        gradients = zip(*(gradient for gradient, _ in results), strict=True)
        for parameter, lanes in zip(self._net.parameters(), gradients, strict=True):
            parameter.grad = reduce(torch.add, lanes)
        return [step for _, step in results]

    def _learn(
        self,
        replica: nn.Module,
        material: Material,
        part: NDArray[np.int64],
        epoch: int,
        share: float,
    ) -> tuple[Sequence[Tensor], _Step]:
        device = next(replica.parameters()).device
        heads = move(material.augmented(part, epoch), device).float()
        images = normalise(heads, self._statistics).to(memory_format=torch.channels_last)
        labels = move(material.labels[part], device)
        # The cache of autocast is shared between threads, and each weight is cast once anyway.
        with torch.autocast(
            device.type, self._dtype, self._dtype != torch.float32, cache_enabled=False
        ):
            logits = replica(images)
        loss = cross_entropy(logits.float(), labels, label_smoothing=self._smoothing) * share
        gradients = torch.autograd.grad(loss, list(replica.parameters()))
        right = (logits.argmax(1) == labels).sum()
        return gradients, _Step(loss.detach(), right)

    def gather_statistics(self) -> None:
        """Give the net the mean of its replicas' batch statistics."""
        for buffer, *lanes in zip(
            self._net.buffers(), *(replica.buffers() for replica in self.replicas), strict=True
        ):
            if buffer.is_floating_point():
                buffer.copy_(torch.stack(lanes).mean(0))


def _accuracy(
    net: nn.Module, statistics: Statistics, material: Material, members: NDArray[np.int64]
) -> float:
    if not len(members):
        return float("nan")
    device = next(net.parameters()).device
    net.eval()
    with torch.inference_mode():
        right = [
            (
                net(normalise(material.plain(part).float(), statistics).to(device)).argmax(1).cpu()
                == material.labels[part]
            )
            for part in np.array_split(members, -(-len(members) // 64))
        ]
    net.train()
    return float(torch.cat(right).float().mean())


def _draws(net: nn.Module) -> bool:
    """Say whether a net in training draws from torch's global generator, in the order of work."""
    return any(
        isinstance(m, _DropoutNd | StochasticDepth) or type(m).__name__ == "DropPath"  # timm's
        for m in net.modules()
    )
