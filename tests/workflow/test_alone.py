"""A script run by itself does the work of the job that makes the file that it is given."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from aip.compute.device import CPU, describe
from aip.recognise.checkpoint import Checkpoint
from aip.recognise.recogniser import compute_dtype
from standins import checkout

SCRIPTS = sorted((checkout.ROOT / "workflow/scripts").glob("*.py"))
CELL = "cells/gaman/blur.h5"


def alone(workflow, script, path, *arguments):
    return subprocess.run(
        [sys.executable, f"workflow/scripts/{script}.py", *([path] if path else []), *arguments],
        cwd=workflow.folder,
        env=checkout.environment(**checkout.library(workflow.folder)),
        capture_output=True,
        text=True,
        check=False,
    )


def made(workflow, script, part):
    """Make one file of the smoke study by a script."""
    done = alone(workflow, script, f"results/smoke/{part}", "--configfile", workflow.configfile)
    assert done.returncode == 0, done.stdout + done.stderr


def contents(path: Path):
    """Read an artifact, but for how long it took and when."""
    if path.suffix != ".h5":
        return path.read_bytes()
    with h5py.File(path) as file:
        names: list[str] = []
        file.visit(names.append)
        said = {name: str(file.attrs[name]) for name in file.attrs if name != "seconds"}
        data = {n: file[n][()] for n in names if isinstance(file[n], h5py.Dataset)}
    return said, data


def assert_equal(one, other):
    if isinstance(one, bytes):
        assert one == other
        return
    assert one[0] == other[0]
    assert one[1].keys() == other[1].keys()
    for name, values in one[1].items():
        same = np.array_equal(values, other[1][name], equal_nan=values.dtype.kind == "f")
        assert same, name


def test_what_it_makes_is_what_snakemake_made_and_is_not_made_again(study):
    parts = {
        "table": "games/table4/payoff.csv",
        "cell": CELL,
        "perturb": "perturbations/gaman/000007-000011.h5",
    }
    for script, part in parts.items():
        path = study.folder / "results/smoke" / part
        before = contents(path)
        path.unlink()
        made(study, script, part)
        assert_equal(contents(path), before)
        assert part not in study.plan()
    assert "done in" in (study.folder / "results/smoke/logs/cell/gaman/blur.log").read_text()


def test_a_training_does_not_go_on_from_another_trainings_checkpoint(study):
    net = study.folder / "results/smoke/recognisers/small/net.pt"
    before = net.read_bytes()
    net.unlink()
    # All but the fingerprint is this training's.
    Checkpoint(net, CPU, describe(CPU), compute_dtype("auto")).keep(1, {})
    made(study, "train", "recognisers/small/net.pt")
    log = (study.folder / "results/smoke/logs/train/small.log").read_text()
    assert "another training wrote it" in log
    assert net.read_bytes() == before


def test_what_snakemake_has_not_made_so_is_made_again(study):
    study.edit(lambda c: c.update(recogniser_strategies={"blur": {"process": "B3"}}))
    made(study, "cell", CELL)
    with h5py.File(study.folder / "results/smoke" / CELL) as file:
        assert json.loads(file.attrs["definition"])["process"] == [["B", 3]]
    assert CELL in study.plan()
    # Of the file, Snakemake remembers that it was made by the old definition; it is by the new.
    study.edit(lambda c: c.update(recogniser_strategies={"blur": {"process": "B5"}}))
    found = json.loads(study.status("--json").stdout)["jobs"]
    (job,) = (each for each in found if (each["rule"], each["wildcards"]) == ("cell", "gaman/blur"))
    assert (job["state"], job["why"]) == ("stale", ["the run that made it broke off"])


def test_a_debugger_sees_what_snakemake_gives(study):
    lines = (study.folder / "workflow/scripts/cell.py").read_text().splitlines()
    after = lines.index("snakemake = given(globals())") + 2
    seen = "snakemake.rule, snakemake.wildcards.user, snakemake.params.heads, snakemake.log[0]"
    path = f"results/smoke/{CELL}"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pdb", "workflow/scripts/cell.py", path),
            *("--configfile", study.configfile),
        ],
        cwd=study.folder,
        env=checkout.environment(**checkout.library(study.folder)),
        input=f"tbreak {after}\ncontinue\np {seen}\nquit\n",
        capture_output=True,
        text=True,
        check=False,
    )
    expected = "('cell', 'gaman', 12, 'results/smoke/logs/cell/gaman/blur.log')"
    assert expected in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("script", "part", "said"),
    [
        ("cell", "perturbations/gaman/000007-000011.h5", ": perturb.py makes it; expected a file"),
        ("cell", "cells/gaman/other.h5", "No rule to produce results/smoke/cells/gaman/other.h5"),
    ],
)
def test_a_file_that_it_does_not_make_is_named(study, script, part, said):
    path = f"results/smoke/{part}"
    done = alone(study, script, path, "--configfile", study.configfile)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: {path}: ")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_without_a_file_it_says_what_it_expects(study):
    done = alone(study, "cell", None)
    assert done.returncode == 2
    assert "usage: cell.py" in done.stderr
    assert "the following arguments are required: FILE" in done.stderr


def test_a_rule_that_shares_its_script_and_what_it_lacks_are_named(make_workflow):
    """The script of perturbations makes lessons, too; here nothing is made that they need."""
    workflow = make_workflow()

    def learn(config):
        config["recognisers"]["retaught"] = {"base": "small", "knows": ["gaman"]}

    workflow.edit(learn)
    path = "results/smoke/lessons/gaman/enrolled/000000-000006.h5"
    done = alone(workflow, "perturb", path, "--configfile", workflow.configfile)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: {path}: it is made from results/smoke/heads.h5, ")
    assert done.stderr.endswith(" expected to be there\n")
    assert not (workflow.folder / "results").exists()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_every_script_can_be_run_so(script):
    calls = [
        node
        for node in ast.walk(ast.parse(script.read_text()))
        if isinstance(node, ast.Assign) and ast.unparse(node) == "snakemake = given(globals())"
    ]
    assert len(calls) == 1
