"""A game grows: its files, its numbers, and what one more round makes."""

import csv
import json
import re

import h5py
import numpy as np
import pytest
from scipy.optimize import linprog

from standins import checkout

GROWTH = {"start": "small", "rounds": 1, "user": {"method": "gaman", "steps": 2, "epsilon": 400}}
SHARDS = ("000000-000006", "000007-000011")
TARGET = "results/smoke/growth/g/growth.csv"
FILES = {f"growth/g/{name}" for name in ("growth.csv", "growth.svg", "summary.txt")}


def grow(config):
    """A game of two cells that the smoke study has, and a round."""
    config["games"]["small"] = {"user": ["gaman"], "recogniser": ["proc"], "outside": ["blur"]}
    config["growth"] = {"g": {**GROWTH}}


def new(k, users, columns):
    """The artifacts of round k, whose game has these strategies; the last column is its own."""
    return {
        *(f"perturbations/g-{k}/{shard}.{kind}" for shard in SHARDS for kind in ("h5", "json")),
        *(
            f"drawn_lessons/g-{k}/enrolled/{shard}.{kind}"
            for shard in SHARDS
            for kind in ("h5", "json")
        ),
        *(f"recognisers/g-{k}/{name}" for name in ("features.h5", "svm.h5", "card.json")),
        *(f"cells/g-{k}/{column}.h5" for column in (*columns, "blur")),
        *(f"cells/{user}/{columns[-1]}.h5" for user in users),
        "games/g-1/mixtures.json" if k == 2 else "games/small/mixtures.json",
        *(f"games/g-{k}/{name}" for name in ("payoff.csv", "outcomes.h5", "perceptibility.csv")),
        *(f"games/g-{k}/{name}" for name in ("equilibrium.json", "table.md", "table.tex")),
    }


@pytest.fixture(scope="module")
def grown(finished, tmp_path_factory):
    """The finished smoke study with a growth of one round."""
    study = finished.copy(tmp_path_factory.mktemp("grown") / "study")
    study.edit(grow)
    planned = study.plan(TARGET)
    study.run(TARGET)
    return study, planned


@pytest.fixture
def changed(grown):
    """Change the overlay, which is undone, and plan targets, if any: changed(change, *targets)."""
    study, _ = grown
    path = study.folder / study.configfile
    text = path.read_text()

    def plan(change, *targets):
        study.edit(change)
        return study.plan(*targets) if targets else None

    yield plan
    path.write_text(text)


@pytest.fixture(scope="module")
def results(grown):
    return grown[0].folder / "results/smoke"


def rate(results, user, column):
    with h5py.File(results / f"cells/{user}/{column}.h5") as file:
        return float((file["predicted"][()] == file["label"][()]).mean())


def value(rates):
    """Solve the user's linear program: the least v with pᵀ rates ≤ v."""
    rows, columns = rates.shape
    bounded = np.hstack([rates.T, -np.ones((columns, 1))])
    found = linprog(
        [*[0] * rows, 1],
        A_ub=bounded,
        b_ub=np.zeros(columns),
        A_eq=[[*[1] * rows, 0]],
        b_eq=[1],
        bounds=[*[(0, 1)] * rows, (None, None)],
    )
    return found.fun


def test_a_round_makes_a_strategy_a_recogniser_their_cells_and_a_game(grown, results):
    _, planned = grown
    start = {
        f"games/small/{name}"
        for name in (
            *("payoff.csv", "outcomes.h5", "perceptibility.csv"),
            *("equilibrium.json", "table.md", "table.tex"),
        )
    }
    assert planned == new(1, ["gaman"], ["proc", "g-1-proc"]) | start | FILES
    for file in planned:
        assert (results / file).exists(), file


def test_the_growth_agrees_with_the_cells(results):
    users, columns = ("gaman", "g-1"), ("proc", "g-1-proc")
    rates = np.array([[rate(results, user, column) for column in columns] for user in users])
    with (results / "growth/g/growth.csv").open() as file:
        first, last = ({k: v for k, v in line.items() if v} for line in csv.DictReader(file))
    assert (last["user"], last["recogniser"]) == ("g-1", "g-1-proc")
    assert (first["rows"], last["rows"], last["columns"]) == ("1", "2", "2")
    # The values have four decimals, in percent.
    for found, expected in (
        (first["value"], rates[0, 0]),
        (last["value"], value(rates)),
        (last["user_gain"], rates[0, 0] - rates[1, 0]),
        (last["recogniser_gain"], rates[0, 1] - rates[0, 0]),
        (last["lower"], rates[:, 0].min()),
        (last["upper"], rates[0].max()),
        (first["outside"], rate(results, "gaman", "blur")),
    ):
        assert float(found) == pytest.approx(100 * expected, abs=1e-4)
    assert (first["worst_outside"], last["worst_outside"]) == ("blur", "blur")
    for game, line in (("small", first), ("g-1", last)):
        held = json.loads((results / f"games/{game}/equilibrium.json").read_text())["held_out"]
        ends = [float(line[f"held_out{end}"]) for end in ("", "_low", "_high")]
        assert ends == pytest.approx(100 * np.array([held["value"], *held["interval"]]), abs=1e-4)


def test_the_round_learnt_from_the_mixture_and_the_user_met_it(results):
    """The start game has one strategy on each side, so both are known."""
    for shard in SHARDS:
        with h5py.File(results / f"perturbations/g-1/{shard}.h5") as file:
            assert json.loads(file.attrs["definition"])["mixture"] == [["small", "O", 1.0]]
        with h5py.File(results / f"drawn_lessons/g-1/enrolled/{shard}.h5") as file:
            assert set(file["strategy"].asstr()[()]) == {"gaman"}
            ids = file["id"][()]
            assert (file["norm"][()] > 0).all()
        with h5py.File(results / "recognisers/g-1/features.h5") as file:
            taught = file["id"][()][file["clean"][()] == 0]
        assert set(ids) <= set(taught)


def test_the_mixtures_that_are_answered_are_those_of_the_equilibrium(results):
    found, solved = (
        json.loads((results / f"games/small/{name}.json").read_text())
        for name in ("mixtures", "equilibrium")
    )
    for side, name in (("user", "gaman"), ("recogniser", "proc")):
        assert found[side] == solved[side] == {name: 1.0}


def test_status_and_check_know_the_files_of_a_growth(grown):
    study, _ = grown
    found = json.loads(study.status("--json").stdout)
    states = {f"{job['rule']} {job['wildcards']}": job["state"] for job in found["jobs"]}
    shards = [f"draw_lesson g-1/enrolled/{shard}" for shard in SHARDS]
    for job in ("growth g", "mix small", "solve g-1", "cell g-1/g-1-proc", *shards):
        assert states[job] == "done", job
    lesson = f"drawn_lessons/g-1/enrolled/{SHARDS[1]}.h5"
    path = study.folder / "results/smoke" / lesson
    whole, other = path.read_bytes(), path.parents[3] / f"perturbations/g-1/{SHARDS[1]}.h5"
    # The study's page and summary are of a study without growth.
    pages = {"report/summary.txt", "report/index.html"}
    pages |= {f"report/heads/gaman{kind}" for kind in ("", ".json")}
    assert others(study) == pages
    path.write_bytes(other.read_bytes())
    try:
        assert others(study) == {*pages, lesson}
    finally:
        path.write_bytes(whole)


def others(study):
    """Return the artifacts that `aip check` finds to be made from something else."""
    library = checkout.library(study.folder)
    done = study._python("aip.commands.cli", "check", study.configfile, **library)
    assert done.returncode == 1, done.stdout
    return set(re.findall(r"^results/smoke/(\S+): it was made from something", done.stdout, re.M))


def test_one_more_round_makes_that_round_alone(changed):
    planned = changed(
        lambda c: c["growth"]["g"].update(rounds=2), "results/smoke/growth/g/growth.csv"
    )
    columns = ["proc", "g-1-proc", "g-2-proc"]
    assert planned == new(2, ["gaman", "g-1"], columns) | FILES


def test_rounds_are_planned_for_a_cluster_too(grown, changed):
    """There, cells share jobs, but not with cells that their own follow from."""
    study, _ = grown
    changed(lambda c: c["growth"]["g"].update(rounds=3))
    planned = study.snakemake("--profile", "profiles/slurm", "-n", TARGET)
    assert planned.returncode == 0, planned.stderr


def test_what_the_guarantee_is_held_to_makes_no_response_again(changed):
    planned = changed(
        lambda c: c["games"]["small"].update(folds=3), "results/smoke/growth/g/growth.csv"
    )
    solved = ("equilibrium.json", "table.md", "table.tex")
    assert planned == FILES | {f"games/{g}/{name}" for g in ("small", "g-1") for name in solved}
