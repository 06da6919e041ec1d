"""Faults of every kind, at random moments; and whether a plain rerun makes them good."""

import os
import random
import re
import shutil
import traceback
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aip.store.checksums import Damaged
from aip.store.verify import find_artifacts, verify
from faults.case import STATES, Case, can_mount
from faults.kinds import DAMAGING, KINDS, LEAVING_LOCKS, MOUNTING
from faults.study import OVERLAY, Study


@dataclass(frozen=True)
class Outcome:
    """What became of a fault.

    Attributes
    ----------
    kind, where : str
        Which fault, and what was being made.
    seed, number : int
        Which one of the session.
    end : str
        How it was got over.
    met : bool
        Whether a job ran at its moment, if it had one.
    wrong : str
        What was wrong about that; empty if nothing was.
    """

    kind: str
    where: str
    seed: int
    number: int
    end: str
    met: bool
    wrong: str = ""


def strike(
    whole: Study, folder: Path, count: int, seed: int, kinds: Sequence[str]
) -> list[Outcome]:
    """Draw faults, and let each happen to a study of its own."""
    if not can_mount(folder / "mount"):
        kinds = [kind for kind in kinds if kind not in MOUNTING]
    expected = whole.numbers()
    # Every kind comes up as often as the others, whatever the seed.
    drawn = [kinds[number % len(kinds)] for number in range(count)] if kinds else []

    def one(number: int) -> Outcome:
        aimed = number < len(kinds)  # the first one of each kind
        return _one(whole, folder / str(number), expected, drawn[number], aimed, seed, number)

    with ThreadPoolExecutor(max(1, (os.cpu_count() or 2))) as pool:
        return list(pool.map(one, range(len(drawn))))


def _one(
    whole: Study,
    folder: Path,
    expected: dict[str, np.ndarray],
    kind: str,
    aimed: bool,
    seed: int,
    number: int,
) -> Outcome:
    draws = random.Random(f"{seed} {number}")
    state = draws.choice([s for s in STATES if s.reads or kind not in DAMAGING])
    study = whole.copy(folder)
    for path in (study.results / name for name in (state.target, *state.others)):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    read = [name for name in study.artifacts() if re.fullmatch(state.reads, name)]
    case = Case(study, state.target, read, aimed, draws)
    end, wrong = "", ""
    try:
        KINDS[kind](case)
        end = case.note or "broke off, and went on"
        end += _made_good(case, expected, locks_stay=kind in LEAVING_LOCKS)
        shutil.rmtree(folder)
    except Exception:
        end, wrong = "not got over", f"{folder}\n{traceback.format_exc()}"
    return Outcome(kind, state.target, seed, number, end, case.met, wrong)


def _damaged_ones(study: Study) -> list[Path]:
    """Name the artifacts that `aip check` would; here, for a process takes seconds to start."""
    found = []
    for path in find_artifacts(study.results):
        try:
            verify(path)
        except Damaged:
            found.append(path)
    return found


def _made_good(case: Case, expected: dict[str, np.ndarray], *, locks_stay: bool) -> str:
    """Run plainly once more, do what `aip check` says, and compare every number.

    Where Snakemake itself was killed, its locks may stay, and the rerun is refused until they are
    taken away as it says; after any other fault, nothing may refuse it.
    """
    study, said = case.study, ""
    done = study.run(case.target)
    if locks_stay and "Directory cannot be locked" in done.said:
        assert "It can be removed with the --unlock argument" in " ".join(done.said.split())
        study.unlock()
        said = ", once unlocked"
        done = study.run(case.target)
    assert done.code == 0, done.said
    if _damaged_ones(study):
        said += ", found by aip check"
        checked = study.shell(f"aip check {OVERLAY}")
        assert checked.code == 1, checked.said
        for command in re.findall(r"rebuild it with: (.*)", checked.said):
            rebuilt = study.shell(command)
            assert rebuilt.code == 0, rebuilt.said
        assert not _damaged_ones(study)
    found = study.numbers()
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        assert np.array_equal(found[name], values, equal_nan=values.dtype.kind == "f"), name
    return said
