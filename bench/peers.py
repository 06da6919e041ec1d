"""GAMAN beside the L2 attacks of torchattacks and foolbox: who is recognised less?

Every attack perturbs the same heads of a finished study against the same recogniser, within the
same epsilon and number of steps. Each is called through its public interface, with its own defaults
for the rest. The perturbed heads are published as the study publishes, and scored without further
processing (Proc). Run by hand
or with `make bench`. The seconds are informative: attacks run one after the other.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import foolbox
import numpy as np
import torch
import torchattacks
from torch import Tensor, nn

from aip.album.heads import Heads, attacked, open_heads
from aip.compute.blocks import blocks
from aip.compute.threads import limit_threads
from aip.errors import BadInput
from aip.perturb.epsilon import input_epsilon
from aip.perturb.publish import publish
from aip.perturb.strategy import perturb_against
from aip.recognise.recogniser import Recogniser, to_input
from aip.recognise.scoring import summed_scores
from aip.store.hdf5 import reading


@dataclass(frozen=True)
class Setting:
    """What all attacks share."""

    heads: Heads
    positions: np.ndarray  # (n,) which heads
    recogniser: Recogniser
    seed: int
    epsilon: float  # for 224×224×3 on the 0–255 scale
    steps: int

    @property
    def radius(self) -> float:
        """Epsilon at the recogniser's input, on the 0–255 scale."""
        return input_epsilon(self.epsilon, self.recogniser.input_size)

    def originals(self, members: np.ndarray) -> list[np.ndarray]:
        return [self.heads.images[int(i)] for i in members]

    def inputs(self, members: np.ndarray) -> Tensor:
        size = self.recogniser.input_size
        images = [to_input(head, size) for head in self.originals(members)]
        return torch.stack(images).to(self.recogniser.device)

    def labels(self, members: np.ndarray) -> Tensor:
        labels = self.recogniser.labels(self.heads.identity[members])
        return torch.from_numpy(labels).to(self.recogniser.device)


# Members of a setting's heads → (n, 3, s, s) perturbations on the 0–255 scale.
Attack = Callable[[np.ndarray], Tensor]


class UnitScale(nn.Module):
    """A recogniser of images on the 0–1 scale, which is what torchattacks perturbs."""

    def __init__(self, recogniser: Recogniser) -> None:
        super().__init__()
        self.recogniser = recogniser

    def forward(self, images: Tensor) -> Tensor:
        # Flattening gives gradients in the default layout, which torchattacks needs to view them
        # flat.
        return self.recogniser(255 * images.flatten(1).unflatten(1, images.shape[1:]))


def gaman(setting: Setting, step_size: float) -> Attack:
    strategy = {
        "method": "gaman",
        "steps": setting.steps,
        "step_size": step_size,
        "step_rule": "relative",
        "epsilon": setting.epsilon,
        "robust_to": [["O", 1]],
    }

    def attack(members: np.ndarray) -> Tensor:
        originals, against = setting.originals(members), [setting.recogniser]
        _, outcome = perturb_against(
            setting.heads, members, originals, against, strategy, setting.seed
        )
        return outcome.r

    return attack


def of_torchattacks(setting: Setting, peer: type[torchattacks.attack.Attack], **options) -> Attack:
    model = UnitScale(setting.recogniser).eval()
    attack = peer(model, eps=setting.radius / 255, steps=setting.steps, **options)

    def run(members: np.ndarray) -> Tensor:
        x = setting.inputs(members)
        return 255 * attack(x / 255, setting.labels(members)) - x

    return run


def of_foolbox(setting: Setting, step_size: float) -> Attack:
    recogniser = setting.recogniser
    model = foolbox.PyTorchModel(recogniser, bounds=(0, 255), device=recogniser.device)
    attack = foolbox.attacks.L2ProjectedGradientDescentAttack(
        rel_stepsize=step_size, steps=setting.steps
    )

    def run(members: np.ndarray) -> Tensor:
        x = setting.inputs(members)
        _, perturbed, _ = attack(model, x, setting.labels(members), epsilons=setting.radius)
        return perturbed - x

    return run


def contestants(setting: Setting, step_size: float) -> Iterator[tuple[str, Attack]]:
    """Yield every attack with GAMAN's step size and with the one usual for its peers."""
    yield "none", lambda members: torch.zeros_like(setting.inputs(members))
    for size in (step_size, 2.5 / setting.steps):
        yield f"gaman, step {size:.3f} ε", gaman(setting, size)
        alpha = size * setting.radius / 255
        pgd = of_torchattacks(setting, torchattacks.PGDL2, alpha=alpha)
        yield f"torchattacks PGDL2, step {size:.3f} ε", pgd
        yield f"foolbox L2 PGD, step {size:.3f} ε", of_foolbox(setting, size)
    for loss in ("ce", "dlr"):
        apgd = of_torchattacks(setting, torchattacks.APGD, norm="L2", loss=loss)
        yield f"torchattacks APGD L2, {loss}", apgd


def measure(setting: Setting, attack: Attack) -> tuple[float, float, float, float]:
    """Return the rate at the input, the rate once published, the mean L2 norm and the seconds."""
    torch.manual_seed(setting.seed)
    published, norms, at_input, seconds = [], [], [], 0.0
    for block, valid in blocks(len(setting.positions)):
        members = setting.positions[block]
        started = time.perf_counter()
        r = attack(members).detach()
        seconds += time.perf_counter() - started
        with torch.inference_mode():
            found = setting.recogniser(setting.inputs(members) + r).argmax(1)
        pairs = zip(setting.originals(members), r.cpu(), strict=True)
        published += [publish(*pair) for pair in pairs][:valid]
        norms += r.flatten(1).norm(dim=1).tolist()[:valid]
        at_input += (found == setting.labels(members)).tolist()[:valid]
    numbers = setting.heads.id[setting.positions]
    total = summed_scores(
        setting.recogniser, published, numbers, (("O", 1),), setting.seed, lambda _: None
    )
    right = total.argmax(axis=1) == setting.labels(setting.positions).cpu().numpy()
    return float(np.mean(at_input)), float(right.mean()), float(np.mean(norms)), seconds


def table(setting: Setting, step_size: float) -> None:
    """Print how each attack did."""
    height, width = setting.recogniser.input_size
    print(
        f"\n{len(setting.positions)} heads, epsilon {setting.epsilon:g} "
        f"({setting.radius:.1f} at {height}×{width}), {setting.steps} steps\n"
    )
    print("| attack | at the input, % | published (Proc), % | mean L2 | seconds |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name, attack in contestants(setting, step_size):
        at_input, published, norm, seconds = measure(setting, attack)
        rates = f"{100 * at_input:.1f} | {100 * published:.1f}"
        print(f"| {name} | {rates} | {norm:.1f} | {seconds:.1f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, nargs="?", default=Path("results/demo"))
    parser.add_argument("--recogniser", default="small")
    parser.add_argument("--heads", type=int, default=208)
    parser.add_argument("--epsilon", type=float, nargs="+", default=[1000.0])
    parser.add_argument("--steps", type=int, nargs="+", default=[14])
    parser.add_argument("--step-size", type=float, default=0.1, help="a fraction of epsilon")
    options = parser.parse_args()
    limit_threads(1)
    folder = options.results / "recognisers" / options.recogniser
    with reading(folder / "svm.h5") as file:
        definition, seed = json.loads(file.attrs["definition"]), int(file.attrs["seed"])
    recogniser = Recogniser.load(definition, folder / "net.pt", folder / "svm.h5")
    with open_heads(options.results / "heads.h5") as heads:
        positions = attacked(heads, definition["subset"], 1, seed)[: options.heads]
        shared = Setting(heads, positions, recogniser, seed, options.epsilon[0], options.steps[0])
        for epsilon in options.epsilon:
            for steps in options.steps:
                table(replace(shared, epsilon=epsilon, steps=steps), options.step_size)


if __name__ == "__main__":
    try:
        main()
    except BadInput as error:
        sys.exit(f"error: {error}")
