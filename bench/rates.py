"""How fast the paper's study goes: attacks, training and scoring, for each of its nets.

Run by hand; docs/reproduce.md turns the rates into days. Each is the rate of one job. On a
processor, seconds are those of the job's one thread, so that others' work does not count. On a GPU,
they are by the clock, with as many blocks of heads at once as --side-by-side says. Heads are noise,
as large as PIPA's usually are, and nets are untrained; neither changes the time.

    python bench/rates.py --device cuda --side-by-side 1 4
"""

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import torch

from aip.album.heads import Heads
from aip.compute.blocks import BLOCK
from aip.compute.device import CPU, describe
from aip.compute.side_by_side import side_by_side
from aip.compute.threads import limit_threads
from aip.perturb.strategy import perturb_against
from aip.recognise.augment import augment, with_margin
from aip.recognise.nets import IMAGENET, input_size
from aip.recognise.nets.building import build, dimension
from aip.recognise.recogniser import Recogniser, compute_dtype
from aip.recognise.scoring import processed, summed_scores
from aip.recognise.training import train

# The batch sizes of configs/pipa.yaml, and the number of identities of its recognisers.
BATCHES = {"alexnet": 50, "vgg16": 40, "googlenet": 50, "resnet152": 10}
IDENTITIES = 366
HEAD = (131, 110)  # height and width, the medians of the attacked heads

PLAIN = [("O", 1)]
PROCESSED = [(kind, 1) for kind in "OTNBC"]
ANSWER = [(kind, 5) for kind in "OTNBC"]

CLOCKS = {"cpu": time.process_time, "cuda": time.perf_counter}


def noise(count: int, subset: str) -> Heads:
    rng = np.random.default_rng(1)
    ids = np.arange(1, count + 1)
    images = [rng.integers(0, 256, (*HEAD, 3), np.uint8) for _ in ids]
    identity = np.array([str(id_ % IDENTITIES) for id_ in ids])
    return Heads(ids, identity, np.full(count, subset), np.ones(count, np.int8), ids < 0, images)


def recogniser(arch: str, precision: str, device: torch.device) -> Recogniser:
    net, size = build(arch, weights=None), input_size(arch, None)
    weight = torch.randn(IDENTITIES, dimension(net, size)) / 1000
    names = np.array([str(number) for number in range(IDENTITIES)])
    dtype = compute_dtype(precision, device)
    made = Recogniser(net, weight, weight[:, 0], names, tuple(size), IMAGENET, dtype)
    return made.to(device)


def seconds(work: Callable[[], object], rounds: int, device: torch.device = CPU) -> float:
    """Return the median time of some work, done once before to warm up."""
    clock, times = CLOCKS[device.type], []
    for _ in range(rounds + 1):
        started = clock()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        times.append(clock() - started)
    return statistics.median(times[1:])


def attack(against: Recogniser, robust_to: list[tuple[str, int]], rounds: int, width: int) -> float:
    """Return image-steps per second: a step of one head and one processed copy each."""
    heads = noise(BLOCK, "val")

    def run(steps: int) -> None:
        strategy = {"method": "gaman", "steps": steps, "step_size": 0.1, "step_rule": "relative"}
        strategy |= {"epsilon": 1000, "robust_to": robust_to}
        positions = heads.positions(heads.id)

        def work(_: int) -> None:
            _, outcome = perturb_against(
                heads, positions, list(heads.images), [against], strategy, seed=1
            )
            outcome.r.cpu()

        list(side_by_side(work, range(width), width, against.device))

    # Work that is done once per head is in both, so their difference is that of the steps.
    few, many = (1, 3) if against.device == CPU else (1, 21)
    once, more = (
        seconds(lambda steps=steps: run(steps), rounds, against.device) for steps in (few, many)
    )
    return (many - few) * width * BLOCK * len(robust_to) / (more - once)


def training(arch: str, precision: str, rounds: int, device: torch.device) -> float:
    """Return heads learnt per second, augmentation included."""
    heads = noise(2 * BATCHES[arch], "train")
    settings = {
        "epochs": rounds + 1,
        "batch_size": BATCHES[arch],
        "lanes": 1,
        "schedule": "step",
        "drop_every": 50,
        "drop_by": 0.1,
        "learning_rate": 0.001,
        "weight_decay": 0.0005,
        "label_smoothing": 0,
        "validation": 0,
    }
    definition = {"arch": arch, "weights": None, "input_size": input_size(arch, None)}
    definition |= {"precision": precision, "training": settings}
    clock, ends = CLOCKS[device.type], []
    train(heads, [], None, definition, 1, 1, lambda _: ends.append(clock()), device)
    return len(heads.id) / statistics.median(np.diff(ends))


def scoring(answering: Recogniser, rounds: int) -> float:
    """Return images scored per second, each processed at native size."""
    heads = noise(BLOCK, "val")
    images = BLOCK * (1 + 5 * 4)  # without processing, five draws are one image

    def run() -> None:
        summed_scores(answering, heads.images, heads.id, ANSWER, 1, lambda _: None)

    return images / seconds(run, rounds, answering.device)


def beside_the_nets(rounds: int) -> tuple[float, float]:
    """Return heads augmented and images processed per second, on the processor in any case."""
    head = torch.zeros(3, *with_margin((224, 224)), dtype=torch.uint8)
    augmented = seconds(
        lambda: [augment(head, (224, 224), 1, number, 1) for number in range(64)], rounds
    )
    image = noise(1, "val").images[0]
    answered = seconds(
        lambda: [list(processed(image, number, ANSWER, 1)) for number in range(8)], rounds
    )
    return 64 / augmented, 8 * 21 / answered


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--arch", nargs="+", default=list(BATCHES), choices=BATCHES)
    precisions = ["auto", "float32", "tfloat32", "bfloat16"]
    parser.add_argument("--precision", default="auto", choices=precisions)
    parser.add_argument("--device", default="cpu", help="cpu, cuda, or cuda:1")
    parser.add_argument("--side-by-side", type=int, nargs="+", default=[1], help="blocks at once")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    device, rounds = torch.device(options.device), options.rounds
    if device.type == "cuda" and not torch.cuda.is_available():
        parser.error(f"--device {device}: no GPU can be seen; expected cpu")
    limit_threads(1)
    torch.backends.cudnn.allow_tf32 = options.precision == "tfloat32"
    dtype = str(compute_dtype(options.precision, device)).removeprefix("torch.")
    print(f"Per second, on {describe(device)}, {options.precision} ({dtype}):\n")
    kinds = [
        f"{kind} ×{width}" for width in options.side_by_side for kind in ("plain", "processed")
    ]
    columns = [*(f"image-steps, {kind}" for kind in kinds), "heads learnt", "images scored"]
    print(f"| net | {' | '.join(columns)} |")
    print(f"| --- |{' ---: |' * len(columns)}")
    for arch in options.arch:
        made = recogniser(arch, options.precision, device)
        rates = [
            attack(made, copies, rounds, width)
            for width in options.side_by_side
            for copies in (PLAIN, PROCESSED)
        ]
        rates += [training(arch, options.precision, rounds, device), scoring(made, rounds)]
        print(f"| {arch} | {' | '.join(f'{rate:.1f}' for rate in rates)} |", flush=True)
    augmented, answered = beside_the_nets(options.rounds)
    print(f"\nWithout a net: {augmented:.0f} heads augmented, {answered:.0f} images processed.")


if __name__ == "__main__":
    main()
