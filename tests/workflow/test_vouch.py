"""Artifacts are held to what the config asks for, whatever Snakemake remembers."""

import json
import shutil

import h5py
import pytest

SHARDS = ("000000-000006", "000007-000011")
PERTURB = {f"perturb gaman/{shard}" for shard in SHARDS}
GAME = {"table table4", "solve table4", "payoff table4", "costs", "page", "summary"}
ROW = {"cell gaman/proc", "cell gaman/blur", "sheet gaman", "page_heads gaman"}


def stale(workflow):
    """Ask `aip status` for what a run would make again, and why."""
    found = json.loads(workflow.status("--json").stdout)
    return {
        f"{job['rule']} {job['wildcards']}".strip(): job["why"]
        for job in found["jobs"]
        if job["state"] == "stale"
    }


@pytest.fixture
def forgotten(study):
    """A finished study without Snakemake's records, as results are that were copied."""
    shutil.rmtree(study.folder / ".snakemake")
    return study


def test_without_records_what_changed_is_made_again_and_nothing_else(forgotten):
    assert stale(forgotten) == {}
    forgotten.edit(lambda c: c["user_strategies"]["gaman"].update(steps=4))
    found = stale(forgotten)
    assert found.keys() == PERTURB | ROW | GAME
    assert {name for name, said in found.items() if said == ["steps 3 → 4"]} == PERTURB
    forgotten.edit(lambda c: c["user_strategies"]["gaman"].update(steps=3))
    assert stale(forgotten) == {}
    forgotten.edit(lambda c: c.update(seed=2))
    assert len(stale(forgotten)) == 30


def test_a_cell_in_anothers_place_is_made_again(study):
    results = study.folder / "results/smoke"
    payoff = (results / "games/table4/payoff.csv").read_bytes()
    shutil.copy2(results / "cells/none/blur.h5", results / "cells/gaman/blur.h5")
    assert stale(study).keys() == {"cell gaman/blur", "page_heads gaman"} | GAME
    study.run()
    assert (results / "games/table4/payoff.csv").read_bytes() == payoff
    assert stale(study) == {}


def test_a_net_with_another_fingerprint_and_a_text_without_one_are_made_again(study):
    net = study.folder / "results/smoke/recognisers/small/net.pt"
    text = study.folder / "results/smoke/games/table4/.payoff.csv.sha256"
    content = net.read_bytes()
    net.write_bytes(content[:-4] + b"0000")  # a zip archive ends with its comment
    assert "train small" in stale(study)
    net.write_bytes(content)
    assert stale(study) == {}
    text.unlink()
    assert stale(study).keys() == GAME


def test_a_file_of_another_program_in_a_cells_place_is_made_again(study):
    with h5py.File(study.folder / "results/smoke/cells/gaman/blur.h5", "w") as file:
        file["x"] = [1, 2]
    found = stale(study)
    assert found.keys() == {"cell gaman/blur", "page_heads gaman"} | GAME
    (said,) = found["cell gaman/blur"]
    assert said == "made from something else: results/smoke/cells/gaman/blur.h5"


def test_a_job_on_a_cluster_is_held_to_the_config_that_its_run_was_asked_for(make_workflow):
    done = make_workflow().snakemake("--mode", "remote", "--dry-run", AIP_ASKED="another config")
    assert done.returncode != 0
    assert "the config or the album was changed while the run went on" in done.stdout + done.stderr
