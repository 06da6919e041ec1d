"""The smoke study through a SLURM of one machine, by the profile that a cluster's user edits."""

import asyncio
import logging
import os
import re
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import yaml
from snakemake_interface_executor_plugins.executors.base import SubmittedJobInfo

from snakemake_executor_plugin_slurm_direct import Executor, ExecutorSettings
from standins.slurm import Slurm, missing, wait_for

PROFILE = "profiles/slurm/config.yaml"
SHARD = "results/smoke/perturbations/none/000000-000006.h5"
# Only so that the tests need not wait for a cluster's pace.
PACE = ("--slurm-direct-init-seconds-before-status-checks", "2")

KEY = "a-key-that-no-job-needs"

needs_slurm = pytest.mark.skipif(bool(missing()), reason=missing())


@pytest.fixture
def slurm():
    with Slurm() as slurm:
        yield slurm


@contextmanager
def submitting(
    workflow, slurm, *arguments: str, succeeds: bool = True
) -> Iterator[subprocess.Popen]:
    """Run Snakemake by the profile for SLURM; it is at its end when the context is left."""
    command = [sys.executable, "-m", "snakemake", "--profile", "profiles/slurm", *arguments]
    with (workflow.folder / "output.txt").open("w") as output:
        run = subprocess.Popen(
            [*command, *PACE, "--configfile", workflow.configfile],
            cwd=workflow.folder,
            env={**slurm.environment, "OMP_NUM_THREADS": "1", "FLICKR_API_KEY": KEY},
            stdout=output,
            stderr=output,
        )
        try:
            yield run
            run.wait(900)
        finally:
            run.kill()
            run.wait()
    assert (run.returncode == 0) == succeeds, (workflow.folder / "output.txt").read_text()


def worker(workflow, script: str) -> int | None:
    """Return the process of a job's script, if one runs now."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (process / "cmdline").read_bytes().decode().split("\0")
            if (process / "cwd").samefile(workflow.folder) and any(
                ".snakemake/scripts/" in part and part.endswith(script) for part in arguments
            ):
                return int(process.name)
        except OSError:  # it has ended
            continue
    return None


def catch(run, workflow, script: str) -> int:
    """Wait for a job's script to run and return its process."""
    wait_for(script, lambda: worker(workflow, script) or run.poll() is not None, patience=300)
    process = worker(workflow, script)
    assert process is not None, (workflow.folder / "output.txt").read_text()
    return process


def slurm_job(process: int) -> str:
    environment = Path(f"/proc/{process}/environ").read_bytes().decode().split("\0")
    return next(v for v in environment if v.startswith("SLURM_JOB_ID=")).partition("=")[2]


def assert_same(part: str, here, there) -> None:
    """Hold a part of two runs' results equal, to the last bit."""
    expected, found = here.datasets(part), there.datasets(part)
    assert expected
    assert expected.keys() == found.keys()
    for name in expected:
        np.testing.assert_array_equal(found[name], expected[name], err_msg=name)


@needs_slurm
def test_killed_jobs_are_tried_again_and_every_cell_is_the_local_runs(
    finished, make_workflow, slurm
):
    workflow = make_workflow()
    with submitting(workflow, slurm) as run:
        os.kill(catch(run, workflow, "train.py"), signal.SIGKILL)
        cancelled = slurm_job(catch(run, workflow, "perturb.py"))
        slurm.ask("scancel", cancelled)
    for part in ("cells", "perturbations"):
        assert_same(part, finished, workflow)

    tries = defaultdict(list)
    for job in slurm.jobs():
        tries[job.comment].append((job.state, job.memory, job.limit))
    (shard,) = {job.comment for job in slurm.jobs() if job.id == cancelled}
    assert tries.pop("rule_train_wildcards_small") == [
        ("FAILED", "16000M", "1-00:00:00"),
        ("COMPLETED", "32000M", "2-00:00:00"),
    ]
    assert tries.pop(shard) == [
        ("CANCELLED", "6000M", "4:00:00"),
        ("COMPLETED", "12000M", "8:00:00"),
    ]
    assert {tuple(state for state, *_ in others) for others in tries.values()} == {("COMPLETED",)}
    # Six cells of an hour, one after another; three jobs of a game, likewise.
    assert tries["rule_cells_cell"] == [("COMPLETED", "4000M", "6:00:00")]
    assert tries["rule_games_payoff_solve_table"] == [("COMPLETED", "4000M", "3:00:00")]
    assert {job.partition for job in slurm.jobs()} == {"main"}


@needs_slurm
def test_a_preempted_job_is_tried_again_and_slurm_is_not_given_the_key_of_flickr(
    finished, study, slurm
):
    with submitting(study, slurm, SHARD, "--force") as run:
        environment = Path(f"/proc/{catch(run, study, 'perturb.py')}/environ").read_text()
        assert "OMP_NUM_THREADS" in environment
        assert KEY not in environment
        assert slurm.keeps("OMP_NUM_THREADS")
        assert not slurm.keeps(KEY)
        slurm.ask(
            "sbatch", "--partition=urgent", "--cpus-per-task=8", "--output=/dev/null", "--wrap=:"
        )
    tries = [(job.state, job.memory) for job in slurm.jobs() if job.partition == "main"]
    assert tries == [("PREEMPTED", "6000M"), ("COMPLETED", "12000M")]
    assert_same("perturbations/none", finished, study)


@needs_slurm
def test_jobs_are_not_waited_for_forever_when_slurm_does_not_answer_or_has_forgotten_them(
    finished, study, slurm
):
    cell = "results/smoke/cells/none/proc.h5"
    with submitting(study, slurm, cell, "--forcerun", SHARD, cell) as run:
        with slurm.silence() as asked:
            wait_for("Snakemake to ask", asked)
            time.sleep(2)  # in which it asks again and again
        catch(run, study, "cell.py")
        run.send_signal(signal.SIGSTOP)
        slurm.forget()
        run.send_signal(signal.SIGCONT)
    assert [(job.state, job.memory) for job in slurm.jobs()] == [("COMPLETED", "8000M")]
    assert_same("cells/none", finished, study)


@needs_slurm
def test_gpus_are_asked_for_where_the_profile_says_so(study, slurm):
    profile = study.folder / PROFILE
    text = profile.read_text()
    text, gpus = re.subn("gpu: 0", "gpu: 1", text)
    text, partitions = re.subn('# (slurm_partition: "gpu")', r"\1", text)
    text, threads = re.subn("# (set-threads:|  perturb: 4|  (draw_)?lesson: 4)", r"\1", text)
    assert (gpus, partitions, threads) == (4, 4, 4)
    profile.write_text(text)
    cell = "results/smoke/cells/none/proc.h5"
    with submitting(study, slurm, cell, "--forcerun", SHARD, cell):
        pass
    jobs = {job.comment: (job.partition, job.gpus, job.cores) for job in slurm.jobs()}
    shard = "rule_perturb_wildcards_none_000000-000006"
    assert jobs == {shard: ("gpu", 1, 4), "rule_cells_cell": ("main", 0, 1)}


@needs_slurm
def test_shards_go_as_an_array_where_the_profile_for_arrays_is_added(finished, study, slurm):
    arrays = ("--profile", "profiles/slurm-arrays")
    with submitting(study, slurm, *arrays, "--forcerun", "perturb", "--until", "perturb"):
        pass
    (parent,) = {job.id.partition("_")[0] for job in slurm.jobs()}
    assert {job.id for job in slurm.jobs()} == {f"{parent}_{task}" for task in range(1, 7)}
    assert_same("perturbations", finished, study)


@needs_slurm
def test_damage_that_a_job_finds_is_named_with_the_command_that_mends_it(finished, study, slurm):
    shard = study.folder / SHARD
    shard.write_bytes(shard.read_bytes()[:1000])
    cell = "results/smoke/cells/none/proc.h5"
    with submitting(study, slurm, cell, "--force", "--retries", "0", succeeds=False):
        pass
    log = (study.folder / "results/smoke/logs/cell/none/proc.log").read_text()
    (command,) = re.findall(f"{SHARD}: .*; rebuild it alone with: (.*)", log)
    called = "snakemake --cores 1 --profile profiles/slurm --configfile configs/smoke.yaml"
    assert command.endswith(f"{called} --force {SHARD}")
    study.run(cell)
    assert_same("cells/none", finished, study)


@pytest.fixture
def executor(monkeypatch):
    """An executor of whose jobs SLURM knows what `known` says, and the plugin nothing."""

    async def still_active(_, active_jobs):
        for job in active_jobs:
            yield job

    async def states(self):
        return self.known

    monkeypatch.setattr(Executor.__base__, "check_active_jobs", still_active)
    monkeypatch.setattr(Executor.__base__, "report_job_error", lambda *_, **__: None)
    monkeypatch.setattr(Executor, "_states", states)
    executor = Executor.__new__(Executor)
    executor._absent, executor._reported, executor.known = set(), set(), {}
    executor._submitted_job_clusters = {}
    executor.workflow = SimpleNamespace(executor_settings=ExecutorSettings(no_requeue=True))
    return executor


def active(executor, *numbers: str, known: dict[str, str]) -> list[str]:
    """Look at jobs once, and return those that are waited for."""
    executor.known = known
    jobs = [SubmittedJobInfo(job=None, external_jobid=number) for number in numbers]

    async def look():
        return [job.external_jobid async for job in executor.check_active_jobs(jobs)]

    return asyncio.run(look())


def test_a_job_is_lost_when_it_is_missing_twice(executor):
    assert active(executor, "1", "2", known={"2": "RUNNING"}) == ["1", "2"]
    assert active(executor, "1", "2", known={"2": "RUNNING"}) == ["2"]


def test_a_job_that_has_the_number_of_a_lost_one_is_waited_for(executor):
    active(executor, "1", known={})
    assert active(executor, "1", known={}) == []
    assert active(executor, "1", known={}) == ["1"]
    assert active(executor, "1", known={"1": "RUNNING"}) == ["1"]


def test_while_slurm_says_nothing_all_are_waited_for(executor):
    for _ in range(3):
        assert active(executor, "1", known=None) == ["1"]


def test_that_there_is_no_job_yet_is_found_before_the_executor_is_set_up():
    executor = Executor.__new__(Executor)
    executor.logger = logging.getLogger()
    executor.workflow = SimpleNamespace(executor_settings=ExecutorSettings())

    async def check():
        return [job async for job in executor.check_active_jobs([])]

    assert asyncio.run(check()) == []


def test_what_the_papers_study_downloads_can_be_had_without_the_rest(make_workflow):
    page = (Path(__file__).parents[2] / "docs/cluster.md").read_text(encoding="utf-8")
    (until,) = re.findall("snakemake --cores 8 --configfile configs/pipa.yaml (.*)", page)
    planned = make_workflow("configs/pipa.yaml").snakemake(*until.split(), "-n", "-p")
    assert planned.returncode == 0, planned.stderr
    assert set(re.findall(r"^rule (\w+):", planned.stdout, re.MULTILINE)) == {"album"}


def test_the_profile_speaks_of_rules_that_there_are(make_workflow):
    workflow = make_workflow()
    listed = workflow.snakemake("--list-rules")
    assert listed.returncode == 0, listed.stderr
    profile = yaml.safe_load((workflow.folder / PROFILE).read_text())
    arrays = yaml.safe_load((workflow.folder / "profiles/slurm-arrays/config.yaml").read_text())
    in_arrays = set(arrays["slurm-direct-array-jobs"].split(", "))
    named = {*profile["set-resources"], *profile["groups"], *in_arrays}
    assert named <= set(listed.stdout.split())
    # A job of a group is not put into an array.
    assert not profile["groups"].keys() & in_arrays
