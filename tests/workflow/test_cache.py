"""Two studies in two folders that share a recogniser, by Snakemake's cache between workflows."""

import h5py
import numpy as np
import pytest

SHARDS = ("000000-000006", "000007-000011")
CACHE = "SNAKEMAKE_OUTPUT_CACHE"


def cached(workflow, cache, *targets, rules=()):
    done = workflow.snakemake(*targets, "--cache", *rules, **{CACHE: str(cache)})
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def first(make_workflow, cache):
    """The study that makes a cell, and with it what can be shared."""
    workflow = make_workflow()
    cached(workflow, cache, "results/smoke/cells/gaman/proc.h5")
    return workflow


@pytest.fixture(scope="module")
def second(first, make_workflow, cache):  # noqa: ARG001 (the first is there before)
    """Another study, with other games and strategies, of the same recogniser."""
    workflow = make_workflow()

    def change(config):
        config["study"] = "other"
        config["user_strategies"]["gaman-B"]["steps"] = 2
        config["recogniser_strategies"] = {"blur": {"process": "B3"}}
        config["games"] = {
            "table4": None,
            "new": {"user": ["gaman"], "recogniser": ["proc", "blur"]},
        }

    workflow.edit(change)
    cached(workflow, cache, *(f"results/other/cells/gaman/{name}.h5" for name in ("proc", "blur")))
    return workflow


def shared(workflow, study):
    """The files of a study's net and published heads."""
    results = workflow.folder / "results" / study
    return [
        *(results / "recognisers/small" / name for name in ("net.pt", "curve.csv")),
        *(
            results / f"perturbations/gaman/{shard}.{kind}"
            for shard in SHARDS
            for kind in ("h5", "json")
        ),
    ]


def test_the_second_study_fetches_the_net_and_the_heads_and_makes_none(first, second, cache):
    for ours, theirs in zip(shared(second, "other"), shared(first, "smoke"), strict=True):
        assert ours.is_symlink()
        assert ours.resolve() == theirs.resolve()
        assert ours.resolve().parent == cache
    logs = ("train/small.log", *(f"perturb/gaman/{shard}.log" for shard in SHARDS))
    for log in logs:
        assert "done in" in (first.folder / "results/smoke/logs" / log).read_text()
        # Snakemake leaves an empty log of a job that it did not run.
        assert (second.folder / "results/other/logs" / log).read_text() == ""
    assert "done in" in (second.folder / "results/other/logs/svm/small.log").read_text()


def test_cells_are_those_that_were_made_without_a_cache(finished, first, second):
    expected = finished.folder / "results/smoke/cells/gaman/proc.h5"
    for workflow, study in ((first, "smoke"), (second, "other")):
        with (
            h5py.File(expected) as there,
            h5py.File(workflow.folder / f"results/{study}/cells/gaman/proc.h5") as here,
        ):
            assert set(here) == set(there)
            for name in there:
                assert np.array_equal(here[name][()], there[name][()]), (study, name)


def test_nothing_is_left_to_do_with_the_cache_or_without(second, cache, monkeypatch):
    target = "results/other/cells/gaman/blur.h5"
    assert second.plan(target) == set()
    monkeypatch.setenv(CACHE, str(cache))
    assert second.plan(target, "--cache") == set()


def test_another_training_is_not_taken_from_the_cache(second, cache, tmp_path):
    third = second.copy(tmp_path / "third")
    third.edit(lambda c: c["recognisers"]["small"]["training"].update(epochs=1))
    net = "results/other/recognisers/small/net.pt"
    cached(third, cache, net)
    assert (third.folder / net).resolve().parent == cache
    assert (third.folder / net).resolve() != (second.folder / net).resolve()
    assert "done in" in (third.folder / "results/other/logs/train/small.log").read_text()


def test_rules_named_are_shared_and_others_are_measured(second, cache, tmp_path):
    fourth = second.copy(tmp_path / "fourth")
    fourth.edit(lambda c: c["user_strategies"]["gaman"].update(steps=1))
    target = f"results/other/perturbations/gaman/{SHARDS[1]}.h5"
    cached(fourth, cache, target, rules=("train",))
    assert not (fourth.folder / target).is_symlink()
    benchmarks = fourth.folder / "results/other/benchmarks"
    assert (benchmarks / f"perturb/gaman/{SHARDS[1]}.tsv").exists()
    assert not (benchmarks / "train").exists()


def test_an_emptied_cache_is_filled_again(second, tmp_path):
    fifth = second.copy(tmp_path / "fifth")
    gone, empty = tmp_path / "gone", tmp_path / "empty"
    empty.mkdir()
    net = fifth.folder / "results/other/recognisers/small/net.pt"
    curve = net.with_name("curve.csv")
    for path in (net, curve):
        path.unlink(missing_ok=True)
        path.symlink_to(gone / path.name)
    cached(fifth, empty, str(net.relative_to(fifth.folder)))
    assert net.resolve().parent == empty
    assert len(list(empty.iterdir())) == 2


@pytest.mark.parametrize("location", ["", "cache", "/no/such/folder"])
def test_a_cache_that_is_no_folder_is_named_before_anything_runs(make_workflow, location):
    workflow = make_workflow()
    # A link to it would point elsewhere.
    (workflow.folder / "cache").mkdir()
    done = workflow.snakemake("--cache", **{CACHE: location})
    assert done.returncode != 0
    said = f"--cache: found SNAKEMAKE_OUTPUT_CACHE={location!r}, expected the absolute path of a"
    assert said in done.stdout + done.stderr
    assert not (workflow.folder / "results").exists()
