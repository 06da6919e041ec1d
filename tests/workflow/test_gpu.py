"""profiles/gpu, by what Snakemake would do."""

import re

import pytest
import yaml


@pytest.fixture(scope="module")
def workflow(make_workflow):
    return make_workflow()


def granted(workflow, *arguments):
    """Return how many GPUs each rule's jobs are granted; None where they ask for none."""
    done = workflow.snakemake("-n", "-p", "--profile", "profiles/gpu", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    jobs = re.findall(r"^rule (\w+):\n((?:    .*\n)+)", done.stdout + done.stderr, re.MULTILINE)
    found = {}
    for rule, said in jobs:
        resource = re.search(r"resources: .*\bgpu=(\d+)", said)
        found.setdefault(rule, set()).add(int(resource[1]) if resource else None)
    return found


def test_only_jobs_that_teach_or_perturb_have_a_gpu(workflow):
    found = granted(workflow)
    assert {rule for rule, gpus in found.items() if gpus == {1}} == {"train", "perturb"}
    assert all(gpus == {None} for rule, gpus in found.items() if rule not in ("train", "perturb"))
    assert {"cell", "features", "sheet"} <= found.keys()


def test_on_a_machine_without_gpus_none_is_granted(workflow):
    found = granted(workflow, "--resources", "gpu=0")
    assert found["train"] == found["perturb"] == {0}


def test_lessons_have_one_too(workflow):
    profile = yaml.safe_load((workflow.folder / "profiles/gpu/config.yaml").read_text())
    assert profile["set-resources"]["lesson"] == {"gpu": 1}
