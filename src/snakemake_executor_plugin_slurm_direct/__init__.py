"""Snakemake's executor for SLURM, whose jobs do their work where SLURM starts them.

The plugin that it extends has a second Snakemake start, by ``srun``, for everything that a job
does: where many small cells share a job, that doubles what a cell costs. A job of a study runs on
one node and in one process, and needs no step of its own. Nor is any job waited for forever, as
the plugin does with some. Snakemake finds an executor by this module's name; its options are those
of ``snakemake-executor-plugin-slurm``, with the prefix ``--slurm-direct-``.
"""

from collections.abc import AsyncIterator
from typing import Any

from snakemake_executor_plugin_slurm import Executor as Slurm
from snakemake_executor_plugin_slurm import ExecutorSettings, common_settings
from snakemake_executor_plugin_slurm.job_status_query import query_job_status
from snakemake_interface_executor_plugins.executors.base import SubmittedJobInfo
from snakemake_interface_executor_plugins.jobs import JobExecutorInterface

__all__ = ["Executor", "ExecutorSettings", "common_settings"]


class Executor(Slurm):  # type: ignore[misc]
    """Submits jobs; those that are not in an array run Snakemake's local executor."""

    def __post_init__(self, test_mode: bool = False) -> None:
        """Begin with no job; the thread that checks jobs has begun already, and found none."""
        self._absent: set[str | None] = set()  # from SLURM's last answer
        self._reported: set[str | None] = set()  # in this look at all jobs
        super().__post_init__(test_mode)

    def additional_general_args(self) -> str:
        """Return what is added to a job's command: which executor it uses."""
        if self.array_jobs:  # the plugin's steps know which task of the array they are
            steps: str = super().additional_general_args()
            return steps
        return "--executor local"

    def get_job_args(self, job: JobExecutorInterface) -> str:
        """Return the arguments for a job, which is to use the cores that it asked for."""
        return f"{super().get_job_args(job)} --cores {job.threads}"

    async def check_active_jobs(
        self, active_jobs: list[SubmittedJobInfo]
    ) -> AsyncIterator[SubmittedJobInfo]:
        """Report the jobs that have ended, and yield the others.

        The plugin would wait forever for one that was preempted and is not to be requeued, for one
        that SLURM has forgotten since its end, and for all once SLURM has not answered.
        """
        self._reported = set()  # a number may come again: SLURM counts anew after some restarts
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
            elif self._submitted_job_clusters:  # of which squeue shows but one
                continue
            elif job.external_jobid in absent & self._absent:  # the plugin had its look, too
                self._report_lost(job, "has ended, and SLURM has forgotten how")
        self._absent = absent - self._reported
        left = [job for job in active_jobs if job.external_jobid not in self._reported]
        async for _ in super().check_active_jobs(left):
            pass
        for job in left:
            if job.external_jobid not in self._reported:
                yield job

    async def _states(self) -> dict[str, str] | None:
        """Ask SLURM for the state of each job that it has or remembers; None if it says nothing."""
        command = f"squeue --array --states=all --noheader --format=%i|%T --name={self.run_uuid}"
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
