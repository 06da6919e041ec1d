from pathlib import Path

import pytest

from aip.run.costs import (
    COLUMNS,
    Cost,
    Work,
    mean_seconds,
    read_benchmarks,
    read_costs,
    worked,
    write_costs,
)

HEADER = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"

WORK = Work(
    frozenset({"none", "gaman", "blur", "small", "000010-000019", "reverse-000000-000006"}),
    heads={"train": {"small": 48}, "cell": {"blur": 12}},
    passes={"train": {"small": 2}, "perturb": {"gaman": 15, "none": 0}, "cell": {"blur": 5}},
)


@pytest.fixture
def benchmark(tmp_path):
    """Write a benchmark as Snakemake does, and return the folder of all of them."""

    def write(name: str, seconds: float, memory: object = 700.25, cpu: object = 3.5) -> Path:
        path = tmp_path / "benchmarks" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        line = [seconds, "0:00:07", memory, 9, 9, 9, 1, 1, 80.0, cpu]
        path.write_text(HEADER + "\t".join(map(str, line)) + "\n")
        return tmp_path / "benchmarks"

    return write


def test_a_benchmarks_place_says_which_job_it_is_of(benchmark):
    benchmark("album.tsv", 7.25)
    benchmark("train/small.tsv", 6.5, "NA", "NA")
    folder = benchmark("perturb/gaman.v2/000010-000019.tsv", 20)
    costs, spoilt = read_benchmarks(folder)
    assert costs == [
        Cost("album", "", 7.25, 700.25, 3.5),
        Cost("perturb", "gaman.v2/000010-000019", 20, 700.25, 3.5),
        Cost("train", "small", 6.5, None, None),
    ]
    assert spoilt == []


def test_where_nothing_was_measured_there_is_nothing(tmp_path):
    assert read_benchmarks(tmp_path / "benchmarks") == ([], [])


@pytest.mark.parametrize(
    "text",
    [
        *("", HEADER, HEADER + "7.2\n", HEADER + "x" * 40, "s\n7\n"),
        *(HEADER + "1\t" * 9 + "1\n2\t3\n", HEADER + "x" * 200_000),
    ],
    ids=["empty", "no line", "cut short", "no number", "other columns", "two lines", "long"],
)
def test_a_spoilt_benchmark_is_named_and_left_out(benchmark, text):
    folder = benchmark("album.tsv", 7.25)
    (folder / "heads.tsv").write_text(text)
    costs, (sentence,) = read_benchmarks(folder)
    assert [cost.rule for cost in costs] == ["album"]
    assert sentence.startswith(f"{folder / 'heads.tsv'}: not a benchmark of Snakemake's")


def test_a_benchmark_that_cannot_be_read_is_named_and_left_out(benchmark):
    folder = benchmark("album.tsv", 7.25)
    (folder / "heads.tsv").mkdir()
    costs, (sentence,) = read_benchmarks(folder)
    assert [cost.rule for cost in costs] == ["album"]
    assert sentence.startswith(f"{folder / 'heads.tsv'}: not a benchmark")


def test_heads_and_image_steps_are_those_of_the_rule_and_the_shard():
    jobs = {
        ("perturb", "gaman/000010-000019"): (10, 150),
        ("perturb", "none/reverse-000000-000006"): (7, None),
        ("train", "small"): (48, 96),
        ("cell", "gaman/blur"): (12, 60),
        ("cell", "blur/blur"): (12, 60),
        ("svm", "small"): (None, None),
        ("heads", ""): (None, None),
    }
    found = worked([Cost(*job, 2.0) for job in jobs], WORK)
    assert {(c.rule, c.wildcards): (c.heads, c.image_steps) for c in found} == jobs
    assert [c.image_steps_per_second for c in found] == [75, None, 48, 30, 30, None, None]


def test_jobs_that_the_study_no_longer_has_are_left_out():
    gone = [
        ("perturb", "gaman/000000-000104"),
        ("cell", "gaman/jpeg"),
        ("perturb", "ga/000010-000019"),
    ]
    assert worked([Cost(*job, 2.0) for job in gone], WORK) == []


@pytest.mark.parametrize(
    "name", ["perturb", "perturb/gaman", "perturb/000010-000019/gaman", "lesson/gaman", "lesson"]
)
def test_benchmarks_where_no_shard_has_any_are_left_out(benchmark, name):
    benchmark("perturb/gaman/000010-000019.tsv", 2)
    costs, spoilt = read_benchmarks(benchmark(f"{name}.tsv", 20))
    assert len(costs) == 2
    assert spoilt == []
    assert [cost.wildcards for cost in worked(costs, WORK)] == ["gaman/000010-000019"]


def test_costs_are_written_with_their_rate_and_read_back(tmp_path):
    path = tmp_path / "costs.csv"
    costs = [Cost("album", "", 7.25, None, 0.0), Cost("cell", "a/b", 3.0, 700.5, 2.0, 10, 100)]
    write_costs(path, costs)
    assert path.read_text().splitlines() == [
        "rule,wildcards,seconds,peak_mib,cpu_seconds,heads,image_steps,image_steps_per_second",
        "album,,7.25,,0.0,,,",
        "cell,a/b,3.0,700.5,2.0,10,100,33.33",
    ]
    assert ",".join(COLUMNS) == path.read_text().splitlines()[0]
    assert read_costs(path) == costs


def test_the_mean_is_over_the_jobs_of_a_rule():
    costs = [Cost("cell", "a/b", 2.0), Cost("cell", "a/c", 5.0), Cost("svm", "small", 1.0)]
    assert mean_seconds(costs) == {"cell": 3.5, "svm": 1.0}
