"""How long a big table takes to solve, against Nashpy's linear programs.

Run by hand. It prints medians of processor time and of time by the clock, in which other work on
the machine counts, too. HiGHS is tried with its interior point and with its dual simplex.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable

os.environ.setdefault("OMP_NUM_THREADS", "1")

import nashpy
import numpy as np

from aip.compute.draws import generator
from aip.game import linear_program as module
from aip.game.linear_program import exploit, linear_program

Mixtures = tuple[np.ndarray, np.ndarray]


def ours(large: int) -> Callable[[np.ndarray], Mixtures]:
    """Solve by the interior point from `large` strategies on the smaller side, else by simplex."""

    def solve(rates: np.ndarray) -> Mixtures:
        module.LARGE = large
        found = linear_program(rates)
        return found.user, found.recogniser

    return solve


def theirs(rates: np.ndarray) -> Mixtures:
    """Solve with Nashpy, by one linear program for each side."""
    payoffs = 2 - (rates - rates.min()) / np.ptp(rates)
    user, recogniser = nashpy.Game(1e3 * payoffs).linear_program()
    return user / user.sum(), recogniser / recogniser.sum()


SOLVERS = {"interior point": ours(1), "dual simplex": ours(10**9), "Nashpy": theirs}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shapes", nargs="+", default=["300x300", "1000x50", "1000x1000"])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--heads", type=int, help="heads per rate, so that some rates tie")
    parser.add_argument("--solvers", nargs="+", choices=SOLVERS, default=list(SOLVERS))
    options = parser.parse_args()
    for shape in options.shapes:
        rows, columns = map(int, shape.split("x"))
        rng = generator(1, "bench", "solve")
        took: dict[str, list[float]] = {name: [] for name in options.solvers}
        clock: dict[str, list[float]] = {name: [] for name in options.solvers}
        worst = dict.fromkeys(options.solvers, 0.0)
        for _ in range(options.repeats):
            rates = rng.random((rows, columns))
            if options.heads:
                rates = np.round(rates * options.heads) / options.heads
            for name in options.solvers:
                started = time.process_time(), time.perf_counter()
                mixtures = SOLVERS[name](rates)
                took[name].append(time.process_time() - started[0])
                clock[name].append(time.perf_counter() - started[1])
                worst[name] = max(worst[name], exploit(rates, *mixtures))
        print(f"{rows} × {columns}, median of {options.repeats}:")
        for name in options.solvers:
            seconds, by_clock = statistics.median(took[name]), statistics.median(clock[name])
            print(
                f"  {name:15} {seconds:7.2f} s of processor time, {by_clock:7.2f} s by the clock, "
                f"exploitable by at most {worst[name]:.1g}",
                flush=True,
            )


if __name__ == "__main__":
    main()
