"""`aip status` of the smoke study, held to Snakemake's summary."""

import base64
import json
import os
import shutil

import pytest

USERS = ("none", "gaman", "gaman-B")
SHARDS = ("000000-000006", "000007-000011")


def asked(workflow):
    done = workflow.status("--json")
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def named(found, state):
    return {
        f"{job['rule']} {job['wildcards']}".strip()
        for job in found["jobs"]
        if job["state"] == state
    }


def job(found, rule, wildcards):
    (one,) = (j for j in found["jobs"] if (j["rule"], j["wildcards"]) == (rule, wildcards))
    return one


# What is made again when the published heads of gaman are.
ROW = {"cell gaman/proc", "cell gaman/blur", "sheet gaman", "page_heads gaman"}
GAME = {"table table4", "solve table4", "payoff table4", "costs", "page", "summary"}
PERTURB = {f"perturb gaman/{shard}" for shard in SHARDS}


def test_of_a_finished_study_all_is_done(finished):
    found = asked(finished)
    assert found["counts"] == {"done": 30, "missing": 0, "stale": 0}
    assert found["to_come"] == {"jobs": 0, "seconds": 0, "unknown": []}
    assert len(found["jobs"]) == 30


def test_of_a_study_never_run_all_is_missing_and_no_cost_is_known(make_workflow):
    workflow = make_workflow()
    found = asked(workflow)
    assert found["counts"] == {"done": 0, "missing": 30, "stale": 0}
    assert found["to_come"]["seconds"] == 0
    assert set(found["to_come"]["unknown"]) == {j["rule"] for j in found["jobs"]}
    assert "What 30 jobs would take is not known" in workflow.status().stdout
    assert not (workflow.folder / "results").exists()


def test_a_changed_strategy_is_named_with_its_key(study):
    study.edit(lambda c: c["user_strategies"]["gaman"].update(steps=5))
    found = asked(study)
    assert named(found, "stale") == PERTURB | ROW | GAME
    assert named(found, "missing") == set()
    for shard in SHARDS:
        assert job(found, "perturb", f"gaman/{shard}")["why"] == ["steps 3 → 5"]
    assert job(found, "cell", "gaman/blur")["why"] == []
    assert set(job(found, "cell", "gaman/blur")["made_from"]) == PERTURB
    assert (
        "  perturb gaman/000000-000006, gaman/000007-000011: steps 3 → 5\n" in study.status().stdout
    )


def test_a_changed_training_is_named_below_its_key(study):
    study.edit(lambda c: c["recognisers"]["small"]["training"].update(epochs=3))
    found = asked(study)
    assert job(found, "train", "small")["why"] == ["training.epochs 2 → 3"]
    assert named(found, "done") == {
        *("album", "heads"),
        *(f"perturb none/{shard}" for shard in SHARDS),
    }


def test_changed_code_is_named_where_it_is_and_not_where_it_follows(study):
    path = study.folder / "src/aip/process/blur.py"
    path.write_text(path.read_text() + "\nchanged = True\n")
    found = asked(study)
    code = ["its code: aip.process.blur"]
    why = {
        f"{j['rule']} {j['wildcards']}": j["why"] for j in found["jobs"] if j["state"] == "stale"
    }
    assert {name for name, reasons in why.items() if reasons == code} == {
        *(f"perturb gaman-B/{shard}" for shard in SHARDS),
        *(f"cell {user}/blur" for user in USERS),
        *(f"{shown} {user}" for shown in ("sheet", "page_heads") for user in USERS),
    }
    assert {name for name, reasons in why.items() if reasons not in (code, [])} == set()


def test_a_new_seed_is_named(study):
    study.edit(lambda c: c.update(seed=4))
    found = asked(study)
    assert job(found, "album", "")["why"] == ["seed 1 → 4"]
    assert found["counts"]["done"] == 0


def test_entries_of_the_command_line_count_as_in_a_run(finished):
    found = finished.status("--json", "--config", "seed=2")
    assert (found.returncode, found.stderr) == (0, "")
    assert json.loads(found.stdout)["counts"] == {"done": 0, "missing": 0, "stale": 30}


def test_what_is_missing_runs_only_if_something_asks_for_it(study):
    results = study.folder / "results/smoke"
    for missing in ("cells/gaman/blur.h5", "games/table4/payoff.csv"):
        (results / missing).unlink()
    found = asked(study)
    assert named(found, "missing") == {"cell gaman/blur", "table table4"}
    assert found["to_come"]["jobs"] == 0
    assert study.plan() == set()
    assert "would not ask for it: cell gaman/blur, table table4." in study.status().stdout
    (results / "report/summary.txt").unlink()
    found = asked(study)
    assert named(found, "missing") == {"cell gaman/blur", "table table4", "summary"}
    assert named(found, "stale") == {
        *("solve table4", "payoff table4", "page_heads gaman", "page", "costs")
    }
    assert found["to_come"]["jobs"] == 8
    assert job(found, "table", "table4")["made_from"] == ["cell gaman/blur"]


def test_after_a_run_that_broke_off_what_is_made_again_is_named(study):
    study.edit(lambda c: c["user_strategies"]["gaman"].update(steps=2))
    study.run(*(f"results/smoke/perturbations/gaman/{shard}.h5" for shard in SHARDS))
    found = asked(study)
    assert named(found, "stale") == ROW | GAME
    cards = ", ".join(f"results/smoke/perturbations/gaman/{shard}.json" for shard in SHARDS)
    assert job(found, "cell", "gaman/blur")["why"] == [f"made again since: {cards}"]


def test_what_a_run_left_incomplete_is_said(study):
    cell = "results/smoke/cells/gaman/blur.h5"
    # As Snakemake marks what it has begun to make.
    marks = study.folder / ".snakemake/incomplete"
    marks.mkdir(exist_ok=True)
    (marks / base64.b64encode(cell.encode()).decode()).write_text('{"external_jobid": null}')
    found = asked(study)
    assert job(found, "cell", "gaman/blur")["why"] == ["the run that made it broke off"]
    assert named(found, "stale") == {"cell gaman/blur", "page_heads gaman"} | GAME


def test_touched_files_leave_all_done(study):
    for path in (study.folder / "results").rglob("*"):
        os.utime(path)
    assert asked(study)["counts"]["done"] == 30


def test_a_change_costs_the_mean_of_the_measured_jobs_of_its_rules(study):
    benchmarks = study.folder / "results/smoke/benchmarks"
    shutil.rmtree(benchmarks)
    for name, seconds in (("perturb/none/a", 30.0), ("perturb/gone/b", 10.0), ("sheet/none", 7.0)):
        path = benchmarks / f"{name}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"s\tmax_rss\tcpu_time\n{seconds}\tNA\tNA\n")
    study.edit(lambda c: c["user_strategies"]["gaman"].update(steps=5))
    to_come = asked(study)["to_come"]
    assert to_come["jobs"] == 12
    assert to_come["seconds"] == 2 * 20 + 7
    unknown = {"cell", "table", "solve", "payoff", "page_heads", "page", "costs", "summary"}
    assert set(to_come["unknown"]) == unknown


def test_it_is_what_snakemake_would_make(study):
    study.edit(lambda c: c.update(recogniser_strategies={"blur": {"process": "B3"}}))
    found = asked(study)
    files = {name.split("/", 1)[0] for name in study.plan()}
    assert files == {"cells", "games", "report", "costs.csv"}
    cells = {f"cell {name[6:-3]}" for name in study.plan() if name.startswith("cells/")}
    assert {name for name in named(found, "stale") if name.startswith("cell ")} == cells
    assert job(found, "cell", "none/blur")["why"] == ["process [('B', 5)] → [('B', 3)]"]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.unlink(), "configs/smoke.yaml: the config cannot be read"),
        (lambda path: path.write_text("games: ["), "configs/smoke.yaml, line 1: not YAML"),
        (lambda path: path.write_text("sead: 1"), "config: top level: unknown key 'sead'"),
    ],
    ids=["missing", "not YAML", "unknown key"],
)
def test_a_config_that_is_wrong_is_one_sentence(make_workflow, spoil, said):
    workflow = make_workflow()
    spoil(workflow.folder / workflow.configfile)
    done = workflow.status()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: {said}")
    assert done.stderr.count("\n") == 1


def test_what_snakemake_cannot_plan_is_one_sentence(make_workflow):
    workflow = make_workflow()
    rules = workflow.folder / "workflow/rules/heads.smk"
    rules.write_text(rules.read_text().replace('heads=f"{RESULTS}/heads.h5"', 'heads="other.h5"'))
    done = workflow.status()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: configs/smoke.yaml: Snakemake cannot plan it: ")
    assert "heads.h5" in done.stderr
    assert done.stderr.count("\n") == 1
