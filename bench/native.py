"""GAMAN at the heads' native size beside GAMAN at the net's input: what is left once published?

The heads of a finished study, resized to several heights with their aspect ratio kept, are
perturbed both ways against the same recogniser with the same epsilon and steps, published, and
scored without further processing (Proc). Run by hand, such as
  python bench/native.py results/faces --recogniser fp512
The two ways alternate block by block, so that their seconds can be compared.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

from aip.album.heads import Heads, attacked, open_heads
from aip.compute.blocks import blocks
from aip.compute.threads import limit_threads
from aip.errors import BadInput
from aip.game.wilson import wilson
from aip.perturb.native import uncovered
from aip.perturb.publish import publish
from aip.perturb.strategy import perturb_against
from aip.recognise.recogniser import Recogniser
from aip.recognise.scoring import summed_scores
from aip.store.hdf5 import reading

WAYS = ("input", "native")
Head = np.ndarray  # (height, width, 3) uint8


def resized(head: Head, height: int) -> Head:
    width = max(8, round(head.shape[1] * height / head.shape[0]))
    return np.array(Image.fromarray(head).resize((width, height), Image.Resampling.LANCZOS))


def compare(
    heads: Heads,
    positions: np.ndarray,
    recogniser: Recogniser,
    seed: int,
    height: int,
    strategy: dict,
) -> None:
    """Print a line: the clean rate, and the rate and the seconds of both ways."""
    clean, seconds = [], dict.fromkeys(WAYS, 0.0)
    published = {way: [] for way in WAYS}
    for block, valid in blocks(len(positions)):
        members = positions[block]
        originals = [resized(heads.images[int(i)], height) for i in members]
        clean += originals[:valid]
        for way in WAYS:
            started = time.perf_counter()
            problem, outcome = perturb_against(
                heads, members, originals, [recogniser], {**strategy, "at": way}, seed
            )
            seconds[way] += time.perf_counter() - started
            own = [r[0] for r in uncovered(outcome.r, problem.sizes)]
            pairs = zip(originals, own, strict=True)
            published[way] += [publish(*pair) for pair in pairs][:valid]
    labels = recogniser.labels(heads.identity[positions])

    def shown(images: list[Head]) -> str:
        numbers = heads.id[positions]
        total = summed_scores(recogniser, images, numbers, (("O", 1),), seed, lambda _: None)
        right = int((total.argmax(1) == labels).sum())
        ((low, high),) = wilson([right], len(positions))
        return f"{100 * right / len(positions):.1f} [{100 * low:.1f}–{100 * high:.1f}]"

    def change(way: str) -> float:
        pairs = zip(clean, published[way], strict=True)
        squares = [np.square(b.astype(float) - a).mean() for a, b in pairs]
        return float(np.sqrt(np.mean(squares)))

    ratio = seconds["native"] / seconds["input"]
    rates = " | ".join(shown(images) for images in (clean, *published.values()))
    print(
        f"| {height} | {strategy['epsilon']:g} | {rates} | {change('input'):.2f} | "
        f"{change('native'):.2f} | {ratio:.2f} |",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, nargs="?", default=Path("results/demo"))
    parser.add_argument("--recogniser", default="small")
    parser.add_argument("--heads", type=int, default=64)
    parser.add_argument("--heights", type=int, nargs="+", default=[24, 32, 48, 72, 112, 224])
    parser.add_argument("--epsilon", type=float, nargs="+", default=[400.0, 1000.0])
    parser.add_argument("--steps", type=int, default=14)
    options = parser.parse_args()
    limit_threads(1)
    folder = options.results / "recognisers" / options.recogniser
    with reading(folder / "svm.h5") as file:
        definition, seed = json.loads(file.attrs["definition"]), int(file.attrs["seed"])
    recogniser = Recogniser.load(definition, folder / "net.pt", folder / "svm.h5")
    print("| height | epsilon | clean, % | input, % | native, % | rms | rms | time, ratio |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    with open_heads(options.results / "heads.h5") as heads:
        positions = attacked(heads, definition["subset"], 1, seed)[: options.heads]
        for height in options.heights:
            for epsilon in options.epsilon:
                strategy = {
                    "method": "gaman",
                    "steps": options.steps,
                    "step_size": 0.1,
                    "step_rule": "relative",
                    "epsilon": epsilon,
                    "robust_to": [["O", 1]],
                }
                compare(heads, positions, recogniser, seed, height, strategy)


if __name__ == "__main__":
    try:
        main()
    except BadInput as error:
        sys.exit(f"error: {error}")
