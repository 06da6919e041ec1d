"""What a run says of what it took, and that this makes nothing again."""

import csv
import os
import shutil

from aip.run.costs import read_costs

SHARDS = ("000000-000006", "000007-000011")
USERS = ("none", "gaman", "gaman-B")
BENCHMARKS = "results/smoke/benchmarks"

# All but those that gather and print what it took.
JOBS = {
    *(("album", ""), ("heads", ""), ("train", "small"), ("features", "small"), ("svm", "small")),
    *(("perturb", f"{user}/{shard}") for user in USERS for shard in SHARDS),
    *(("cell", f"{user}/{response}") for user in USERS for response in ("proc", "blur")),
    *((rule, user) for rule in ("sheet", "page_heads") for user in USERS),
    *((rule, "table4") for rule in ("table", "solve", "payoff")),
    ("curve", "small"),
}


def test_every_job_is_measured(finished):
    costs = read_costs(finished.folder / "results/smoke/costs.csv")
    assert {(cost.rule, cost.wildcards) for cost in costs} == JOBS
    assert len(costs) == len(JOBS)
    assert all(cost.seconds > 0 for cost in costs)
    # Whoever loads a net holds some hundred MiB.
    large = {cost.rule: cost.peak_mib for cost in costs if cost.rule in ("train", "cell")}
    assert min(large.values()) > 100


def test_heads_and_image_steps_are_those_of_the_config(finished):
    found = {
        (cost.rule, cost.wildcards): (cost.heads, cost.image_steps)
        for cost in read_costs(finished.folder / "results/smoke/costs.csv")
    }
    assert found["train", "small"] == (48, 96)
    assert found["perturb", f"gaman-B/{SHARDS[0]}"] == (7, 21)
    assert found["perturb", f"none/{SHARDS[1]}"] == (5, None)
    assert found["cell", "gaman/blur"] == (12, 60)
    assert found["cell", "gaman/proc"] == (12, 12)
    assert found["solve", "table4"] == (None, None)


def test_the_run_ends_by_saying_which_rule_took_most(finished):
    costs = read_costs(finished.folder / "results/smoke/costs.csv")
    seconds = {rule: sum(c.seconds for c in costs if c.rule == rule) for rule, _ in JOBS}
    most = max(seconds, key=seconds.get)
    said = (finished.folder / "results/smoke/report/summary.txt").read_text()
    share = seconds[most] / sum(seconds.values()) * 100
    assert f"in all, {most} {share:.0f} % of it (" in said


def test_other_times_and_no_times_make_nothing_again(study):
    folder = study.folder / BENCHMARKS
    path = folder / "perturb/gaman" / f"{SHARDS[0]}.tsv"
    with path.open() as file:
        (line,) = csv.DictReader(file, delimiter="\t")
    path.write_text("\t".join(line) + "\n" + "\t".join({**line, "s": "9999.0"}.values()) + "\n")
    for benchmark in folder.rglob("*.tsv"):
        os.utime(benchmark, (0, 0))
    assert study.plan() == set()
    shutil.rmtree(folder)
    assert study.plan() == set()


def test_a_strategy_in_no_game_makes_nothing_again(study):
    study.edit(
        lambda c: c["user_strategies"].update(bi={"method": "bi", "against": "small", "steps": 2})
    )
    assert study.plan() == set()


def test_a_spoilt_benchmark_is_said_and_keeps_nobody_from_going_on(study):
    spoilt = study.folder / BENCHMARKS / "album.tsv"
    spoilt.write_text("s\tma")
    done = study.snakemake("--forcerun", "costs")
    assert done.returncode == 0, done.stderr
    assert f"costs: {BENCHMARKS}/album.tsv: not a benchmark of Snakemake's" in done.stderr
    found = read_costs(study.folder / "results/smoke/costs.csv")
    measured = {(cost.rule, cost.wildcards) for cost in found}
    # They have been measured themselves by now.
    assert measured == JOBS - {("album", "")} | {("costs", ""), ("page", ""), ("summary", "")}
