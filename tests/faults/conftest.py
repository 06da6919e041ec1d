"""How many faults, drawn by which seed; and what became of them, printed at the end."""

import secrets
from collections import Counter

import pytest

from faults.kinds import KINDS
from faults.strike import Outcome, strike
from faults.study import Study
from standins.sections import keep


def pytest_addoption(parser):
    group = parser.getgroup("faults")
    group.addoption("--faults", type=int, help="how many faults, 50 if not given")
    group.addoption("--fault-seed", type=int, help="draws them; a new one if not given")
    group.addoption("--fault-kind", choices=sorted(KINDS), help="of this kind alone")


@pytest.fixture(scope="session")
def whole_study(tmp_path_factory) -> Study:
    """The study that nothing disturbed."""
    study = Study.new(tmp_path_factory.mktemp("whole"))
    done = study.run()
    assert done.code == 0, done.said
    return study


@pytest.fixture(scope="session")
def outcomes(request, whole_study, tmp_path_factory) -> list[Outcome]:
    """What became of every fault."""
    option = request.config.getoption
    seed = option("fault_seed", None)
    seed = secrets.randbelow(1 << 32) if seed is None else seed
    only = option("fault_kind", None)
    found = strike(
        whole_study,
        tmp_path_factory.mktemp("faults"),
        option("faults", None) or 50,
        seed,
        [only] if only else list(KINDS),
    )
    keep(request.config, "faults", _lines(found))
    return found


def _lines(found: list[Outcome]) -> list[str]:
    lines = [
        f"{len(found)} faults; the same ones again: "
        f"pytest tests/faults --faults {len(found)} --fault-seed {found[0].seed}"
    ]
    for kind in KINDS:
        ends = Counter(outcome.end for outcome in found if outcome.kind == kind)
        said = ", ".join(f"{count} {end}" for end, count in ends.most_common())
        lines += [f"  {kind}: {said}"] if said else []
    return lines
