"""What the interval of a game's value costs, against solving every resample with Nashpy.

Run by hand or with `make bench`. There are as many heads and people as in PIPA. Nashpy solves a few
resamples of the same game, and its time is scaled to all of them; the time to draw them is not
counted.
"""

import argparse
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import nashpy
import numpy as np

from aip.compute.draws import generator
from aip.game.bootstrap import RESAMPLES, interval


def outcomes(strategies: int, heads: int) -> np.ndarray:
    """Draw a game in which heads differ in how hard they are to recognise, as they do."""
    rng = generator(1, "bench", "bootstrap")
    rates = rng.uniform(0, 0.6, (strategies, strategies, 1))
    hard = rng.uniform(0.3, 1.7, heads)
    return rng.random((strategies, strategies, heads)) < rates * hard


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--strategies", type=int, default=20)
    parser.add_argument("--heads", type=int, default=4820)
    parser.add_argument("--people", type=int, default=366)
    parser.add_argument("--nashpy", type=int, default=50, help="resamples solved with Nashpy")
    options = parser.parse_args()
    recognised = outcomes(options.strategies, options.heads)

    people = np.arange(options.heads) % options.people
    started = time.perf_counter()
    found = interval(recognised, people, seed=1)
    ours = time.perf_counter() - started

    rng = generator(1, "bench", "resamples")
    drawn = rng.integers(options.heads, size=(options.nashpy, options.heads))
    tables = [recognised[..., heads].mean(axis=2) for heads in drawn]
    started = time.perf_counter()
    for rates in tables:
        nashpy.Game(2 - rates).linear_program()
    theirs = (time.perf_counter() - started) / options.nashpy * RESAMPLES

    print(
        f"{options.strategies}×{options.strategies} game, {options.heads} heads of "
        f"{options.people} people, {RESAMPLES} resamples: {found.low:.4f}–{found.high:.4f}"
    )
    print(f"  aip.game.bootstrap      {ours:6.2f} s")
    print(f"  Nashpy, each resample   {theirs:6.2f} s  ratio {ours / theirs:.2f}")


if __name__ == "__main__":
    main()
