"""All that the program uses of Snakemake beyond its public interface, and nothing else.

It is written for the versions in `SUPPORTED`, which ``pyproject.toml`` asks for. The file has four
parts, which use the following:

**The run that reads a Snakefile**, `Run`: ``is_main_process``, ``overwrite_configfiles``,
``config_settings.config_args``, ``workflow_settings.cache``, ``dag_settings.targets`` and
``get_rule`` of ``workflow``; ``_benchmark`` of a rule.

**Its records** in ``.snakemake``, `mark_incomplete`, `doubt` and `doubt_unreadable`: the folders
``locks``, ``metadata`` and ``incomplete``, their file names and the content of a mark;
``persistence.MetadataRecord``.

**Its plan**, `planned`, and one job of the plan, `job_that_makes`: ``cli.parse_args``, which reads
the profile, and ``cli.parse_config``; ``WorkflowApi._workflow`` with its ``config``,
``persistence`` (``params_changed``, ``metadata``) and ``dag`` (``jobs``, ``toposorted``,
``needrun``, ``reason``, ``dependencies``); ``rule``, ``input``, ``output``, ``params``,
``wildcards``, ``wildcards_dict``, ``threads``, ``resources`` and ``log`` of a job; ``name`` and
``script`` of a rule; ``forced``, ``updated_input`` and ``updated_input_run`` of a reason;
``only_old`` and ``only_new`` of a change; ``iocontainers.Snakemake``, ``exceptions.RuleException``.

**Its plugin for SLURM**, `slurm_executor`: ``array_jobs``, ``run_uuid``, ``status_rate_limiter``
and ``_submitted_job_clusters`` of ``Executor``; ``job_status_query.query_job_status``.

Functions import what they need, because importing Snakemake takes a second, and a job in a conda
environment may have no Snakemake to import.
"""

import atexit
import json
import os
import pickle
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from io import StringIO
from pathlib import Path
from typing import Any

from aip.errors import BadInput

SUPPORTED = {"snakemake": ">=9.10,<10", "snakemake-executor-plugin-slurm": ">=2.8,<3"}

FOLDER = Path(".snakemake")


def check_versions() -> None:
    """Check that the installed versions are those of `SUPPORTED`.

    Raises
    ------
    BadInput
        A package has another version.
    """
    from packaging.specifiers import SpecifierSet

    for name, versions in SUPPORTED.items():
        found = version(name)
        if not SpecifierSet(versions).contains(found, prereleases=True):
            raise BadInput(f"{name}: found version {found}, expected one that is {versions}")


# The run that reads a Snakefile


@dataclass(frozen=True)
class Run:
    """What a Snakefile asks of the run that reads it.

    Attributes
    ----------
    workflow : object
        As Snakemake gives it to a Snakefile.
    """

    workflow: Any

    @property
    def is_main(self) -> bool:
        """Whether it is the process that a user started, and not one that does a job for it."""
        return bool(self.workflow.is_main_process)

    @property
    def configfiles(self) -> list[Path]:
        """The files that --configfile names."""
        return list(self.workflow.overwrite_configfiles)

    @property
    def config(self) -> list[str]:
        """The entries of --config, as KEY=VALUE."""
        return list(self.workflow.config_settings.config_args)

    @property
    def cached_rules(self) -> frozenset[str] | None:
        """The rules that --cache names; empty for all that can be cached, None without --cache."""
        rules = self.workflow.workflow_settings.cache
        return None if rules is None else frozenset(rules)

    @property
    def targets(self) -> set[str]:
        """The targets, known once the Snakefile is read; empty for the default target."""
        return set(self.workflow.dag_settings.targets)

    def drop_benchmark(self, rule: str) -> None:
        """Stop Snakemake from measuring a rule's jobs."""
        self.workflow.get_rule(rule)._benchmark = None

    def part_groups(self) -> None:
        """Let jobs of a group share one of the cluster's only if one follows from the other.

        Of jobs that --group-components puts together, one may follow from another through jobs that
        are not in the group, and Snakemake then refuses to plan.
        """
        # That setting is not there yet. Snakemake will look it up under what this says.
        self.workflow._parent_groupids = _Apart()


class _Apart(dict[str, str]):
    """By group, the group whose components it has: one that nobody sets, which has one of each."""

    def get(self, group: str, default: Any = None) -> Any:  # noqa: ARG002
        return ""


# Its records

DOUBTED = '{"external_jobid": null, "doubted": true}'
DOUBTS: dict[str, Path] = {}  # the files that this process doubts, and their marks


def mark_incomplete(name: str) -> None:
    """Have the next run make a file again, as if its job had broken off.

    Parameters
    ----------
    name : str
        As the workflow names it.

    Raises
    ------
    OSError
        The mark cannot be written.
    """
    _write_mark(FOLDER / "incomplete" / _key(name))


def doubt(files: Mapping[str, str]) -> None:
    """Have this run make files again that Snakemake takes to be up to date and that are not.

    The marks are withdrawn by `withdraw_doubts`, or else when the process ends: if the study asks
    for the files again as they are, they are not made again. While another run holds its locks,
    nothing is doubted, because that run may be making the files.

    Parameters
    ----------
    files : mapping
        Each file, as the workflow names it, and the fingerprint that it should carry. Where
        Snakemake's record of a file holds another fingerprint, Snakemake itself makes it again.

    Raises
    ------
    OSError
        A mark cannot be written.
    """
    if any((FOLDER / "locks").glob("*.lock")):
        return
    for name, fingerprint in files.items():
        record = FOLDER / "metadata" / _key(name)
        mark = FOLDER / "incomplete" / _key(name)
        if mark.exists() or (record.exists() and fingerprint.encode() not in record.read_bytes()):
            continue
        if not DOUBTS:
            atexit.register(withdraw_doubts)
        DOUBTS[name] = mark
        _write_mark(mark, DOUBTED)


def withdraw_doubts() -> None:
    """Remove the marks of `doubt`, except those that Snakemake has replaced by its own."""
    while DOUBTS:
        _, mark = DOUBTS.popitem()
        with suppress(OSError):  # the job that made the file has removed it
            if mark.read_text(encoding="utf-8") == DOUBTED:
                mark.unlink()


def _key(name: str) -> Path:
    """Return where Snakemake keeps what it knows of a file, in each folder of its records."""
    FOLDER.mkdir(exist_ok=True)
    longest = os.pathconf(FOLDER, "PC_NAME_MAX") - 1
    coded = urlsafe_b64encode(name.encode()).decode()
    *folders, last = (coded[i : i + longest] for i in range(0, len(coded), longest))
    return Path(*(f"@{folder}" for folder in folders), last)


def doubt_unreadable() -> None:
    """Have the next run make again every file of which Snakemake's record is damaged.

    Such a record no longer says what the file was made from. Snakemake would stop at some of these
    records, and take the files of others to be up to date. While a run holds its locks, records are
    left alone, because the run may be writing them.
    """
    from snakemake.persistence import MetadataRecord

    if any((FOLDER / "locks").glob("*.lock")):
        return
    records = FOLDER / "metadata"
    for path in records.rglob("*"):
        if path.is_dir():
            continue
        try:
            MetadataRecord.model_validate(json.loads(path.read_bytes()))
        except ValueError:
            _write_mark(FOLDER / "incomplete" / path.relative_to(records))
            path.unlink()


def _write_mark(mark: Path, content: str = '{"external_jobid": null}') -> None:
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text(content, encoding="utf-8")


# Its plan


@dataclass(frozen=True)
class Job:
    """A job as Snakemake plans it.

    Attributes
    ----------
    rule : str
    wildcards : mapping
        Their values, by name.
    output : tuple of str
        The files that it makes.
    exists : bool
        Whether all of these are there.
    runs : bool
        Whether a run would start it.
    made_from : tuple of Job
        Those jobs that make its input and that a run would start; only their rule and wildcards are
        known.
    broke_off : bool
        Whether the run that made its files broke off, or the job is forced.
    doubted : tuple of str
        Those of its files that `doubt` has marked.
    newer : tuple of str
        Input that an earlier run made after this job's files.
    old_params : tuple of str
        Params that its files were made with and that the job no longer has, each as its ``repr``;
        Snakemake does not remember their names.
    new_params : mapping
        Params that its files were not made with, by name; empty if Snakemake remembers none.
    params : mapping
        Its params, by name.
    """

    rule: str
    wildcards: Mapping[str, str]
    output: tuple[str, ...] = ()
    exists: bool = False
    runs: bool = False
    made_from: "tuple[Job, ...]" = ()
    broke_off: bool = False
    doubted: tuple[str, ...] = ()
    newer: tuple[str, ...] = ()
    old_params: tuple[str, ...] = ()
    new_params: Mapping[str, Any] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)


def read_config(entries: Sequence[str]) -> dict[str, Any]:
    """Parse the entries of --config.

    Raises
    ------
    BadInput
        One is not KEY=VALUE.
    """
    from snakemake import cli

    try:
        found: dict[str, Any] = cli.parse_config(entries)
    except ValueError as error:
        raise BadInput(f"--config {' '.join(entries)}: {error}") from error
    return found


def planned(
    snakefile: Path, configfiles: Sequence[Path], config: Sequence[str] = ()
) -> list[list[Job]]:
    """Ask Snakemake for the jobs of a study, under its profile in ``profiles/default``.

    Nothing is started.

    Returns
    -------
    list of list of Job
        Groups of jobs that can run side by side, in the order in which the groups can run; without
        jobs of rules that make no file.

    Raises
    ------
    BadInput
        Snakemake cannot plan it.
    """
    with _planning(snakefile, configfiles, config) as workflow:
        dag = workflow.dag
        return [[_job(job, dag) for job in level if job.output] for level in dag.toposorted()]


def job_that_makes(
    path: str, script: Path, snakefile: Path, configfiles: Sequence[Path], config: Sequence[str]
) -> Any:
    """Return what Snakemake would give the script of the job that makes a file.

    The next run makes the job's files again, unless Snakemake has a record that they were made in
    the same way before.

    Parameters
    ----------
    path : str
        As the workflow names it.
    script : Path
        The script that the job must run.
    snakefile, configfiles, config
        As Snakemake's options of these names.

    Raises
    ------
    BadInput
        No rule makes the file, the rule that makes it runs another script, or an input is missing.
    """
    from snakemake.iocontainers import Snakemake

    with _planning(snakefile, configfiles, config, path) as workflow:
        job = next((job for job in workflow.dag.jobs if path in job.output), None)
        if job is None:
            raise BadInput(f"{path}: found no file that a job makes; expected results/<study>/…")
        used = Path(job.rule.script).name
        if used != script.name:
            raise BadInput(f"{path}: {used} makes it; expected a file that {script.name} makes")
        missing = [str(file) for file in job.input if not Path(file).exists()]
        if missing:
            raise BadInput(f"{path}: it is made from {', '.join(missing)}, expected to be there")
        changed = workflow.persistence.params_changed(job)
        for file in job.output:
            if changed or workflow.persistence.metadata(file) is None:
                mark_incomplete(str(file))
        given = Snakemake(
            *(job.input, job.output, job.params, job.wildcards, job.threads, job.resources),
            *(job.log, workflow.config, job.rule.name, None, str(script.parent)),
        )
        return pickle.loads(pickle.dumps(given))  # as a job gets it


@contextmanager
def _planning(
    snakefile: Path, configfiles: Sequence[Path], config: Sequence[str] = (), *targets: str
) -> Iterator[Any]:
    """Yield a planned workflow of Snakemake's; print nothing of what it says."""
    from snakemake import api, cli
    from snakemake.exceptions import RuleException, WorkflowError
    from snakemake.settings import types

    settled = read_config(config)
    quiet = types.OutputSettings(quiet={types.Quietness.ALL}, enable_file_logging=False)
    said = StringIO()
    try:
        with redirect_stdout(said), redirect_stderr(said), api.SnakemakeApi(quiet) as snakemake:
            _, given = cli.parse_args(["--snakefile", str(snakefile)])
            workflow = snakemake.workflow(
                types.ResourceSettings(cores=len(os.sched_getaffinity(0))),
                config_settings=types.ConfigSettings(
                    config=settled,
                    configfiles=tuple(configfiles),
                    config_args=tuple(config),
                ),
                snakefile=snakefile,
            )
            settings = types.DAGSettings(
                targets=set(targets),
                rerun_triggers=given.rerun_triggers,
                max_checksum_file_size=given.max_checksum_file_size,
                force_incomplete=given.rerun_incomplete,
            )
            # This is the only call of the API that starts nothing and takes account of files that a
            # run left incomplete.
            workflow.dag(settings).list_changes(types.ChangeType.PARAMS)
            yield workflow._workflow
    except (WorkflowError, RuleException, OSError) as error:
        about = [*targets, *reversed(configfiles), snakefile][0]
        raise BadInput(
            f"{about}: Snakemake cannot plan it: {' '.join(str(error).split())}"
        ) from error
    finally:
        withdraw_doubts()


def _job(job: Any, dag: Any) -> Job:
    reason, change = dag.reason(job), dag.workflow.persistence.params_changed(job)
    before = (other for other in dag.dependencies[job] if dag.needrun(other))
    newer = reason.updated_input - reason.updated_input_run
    return Job(
        job.rule.name,
        dict(job.wildcards_dict),
        tuple(map(str, job.output)),
        all(Path(file).exists() for file in job.output),
        bool(dag.needrun(job)),
        tuple(Job(other.rule.name, dict(other.wildcards_dict)) for other in before),
        bool(reason.forced),
        tuple(str(file) for file in job.output if str(file) in DOUBTS),
        tuple(sorted(map(str, newer))),
        tuple(sorted(change.only_old)),
        {name: value for name, value in job.params.items() if repr(value) in change.only_new},
        dict(job.params.items()),
    )


# Its plugin for SLURM


def slurm_executor() -> type:
    """Return an executor for SLURM whose jobs do their work in the process that SLURM starts.

    The plugin that it extends starts a second Snakemake, by ``srun``, for everything that a job
    does. Where many small cells share a job, that doubles the cost of a cell. A job of a study runs
    on one node and in one process, so it needs no step of its own. The plugin also waits forever
    for some jobs that are lost; this executor reports them.
    """
    from snakemake_executor_plugin_slurm import Executor as Slurm
    from snakemake_executor_plugin_slurm.job_status_query import query_job_status
    from snakemake_interface_executor_plugins.executors.base import SubmittedJobInfo
    from snakemake_interface_executor_plugins.jobs import JobExecutorInterface

    from aip.download.flickr_sizes import KEY

    class Executor(Slurm):  # type: ignore[misc]
        """Submits jobs; those that are not in an array run Snakemake's local executor."""

        def __post_init__(self, test_mode: bool = False) -> None:
            """Begin with no job; the thread that checks jobs runs already, and has found none."""
            self._absent: set[str | None] = set()  # not in SLURM's last answer
            self._reported: set[str | None] = set()  # in this round of checks
            # SLURM keeps the environment of the jobs that it is given.
            os.environ.pop(KEY, None)
            super().__post_init__(test_mode)

        def additional_general_args(self) -> str:
            """Return what is added to a job's command: which executor it uses."""
            if self.array_jobs:  # the plugin's steps know which task of the array they are
                steps: str = super().additional_general_args()
                return steps
            return "--executor local"

        def get_job_args(self, job: JobExecutorInterface) -> str:
            """Return the arguments for a job, with the cores that it asked for."""
            return f"{super().get_job_args(job)} --cores {job.threads}"

        async def check_active_jobs(
            self, active_jobs: list[SubmittedJobInfo]
        ) -> AsyncIterator[SubmittedJobInfo]:
            """Report the jobs that have ended, and yield the others.

            The plugin would wait forever for a job that was preempted and is not requeued, for a
            job that has ended and that SLURM has forgotten, and for all jobs once SLURM has not
            answered.
            """
            self._reported = set()  # SLURM may reuse a number after a restart
            states = await self._states() if active_jobs else {}
            if states is None:
                for job in active_jobs:
                    yield job
                return
            absent = {job.external_jobid for job in active_jobs} - states.keys()
            for job in active_jobs:
                preempted = states.get(job.external_jobid) == "PREEMPTED"
                if preempted and self.workflow.executor_settings.no_requeue:
                    self._report_lost(job, "was preempted")
                elif self._submitted_job_clusters:  # squeue shows only one cluster
                    continue
                elif job.external_jobid in absent & self._absent:  # the plugin has looked, too
                    self._report_lost(job, "has ended, and SLURM has forgotten how")
            self._absent = absent - self._reported
            left = [job for job in active_jobs if job.external_jobid not in self._reported]
            async for _ in super().check_active_jobs(left):
                pass
            for job in left:
                if job.external_jobid not in self._reported:
                    yield job

        async def _states(self) -> dict[str, str] | None:
            """Ask SLURM for the states of its jobs, ended ones too; None if it says nothing."""
            command = "squeue --array --states=all --noheader --format=%i|%T"
            command += f" --name={self.run_uuid}"
            states: dict[str, str] | None
            async with self.status_rate_limiter:
                states, _ = await query_job_status(command, self.logger)
            return states

        def _report_lost(self, job: SubmittedJobInfo, how: str) -> None:
            log = (job.aux or {}).get("slurm_logfile")
            message = f"SLURM-job '{job.external_jobid}' {how}. "
            self.report_job_error(job, msg=message, aux_logs=[str(log)])

        def report_job_success(self, job_info: SubmittedJobInfo) -> None:
            """Report a job that went well."""
            self._reported.add(job_info.external_jobid)
            super().report_job_success(job_info)

        def report_job_error(
            self, job_info: SubmittedJobInfo, msg: str | None = None, **kwargs: Any
        ) -> None:
            """Report a job that failed."""
            self._reported.add(job_info.external_jobid)
            super().report_job_error(job_info, msg, **kwargs)

    return Executor
