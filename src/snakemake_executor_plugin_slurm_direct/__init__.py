"""Snakemake's executor for SLURM, whose jobs do their work where SLURM starts them.

The plugin that it extends has a second Snakemake start, by ``srun``, for everything that a job
does: where many small cells share a job, that doubles what a cell costs. A job of a study runs on
one node and in one process, and needs no step of its own. Snakemake finds an executor by this
module's name; its options are those of ``snakemake-executor-plugin-slurm``, with the prefix
``--slurm-direct-``.
"""

from snakemake_executor_plugin_slurm import Executor as Slurm
from snakemake_executor_plugin_slurm import ExecutorSettings, common_settings
from snakemake_interface_executor_plugins.jobs import JobExecutorInterface

__all__ = ["Executor", "ExecutorSettings", "common_settings"]


class Executor(Slurm):  # type: ignore[misc]
    """Submits jobs; those that are not in an array run Snakemake's local executor."""

    def additional_general_args(self) -> str:
        """Return what is added to a job's command: which executor it uses."""
        if self.array_jobs:  # the plugin's steps know which task of the array they are
            steps: str = super().additional_general_args()
            return steps
        return "--executor local"

    def get_job_args(self, job: JobExecutorInterface) -> str:
        """Return the arguments for a job, which is to use the cores that it asked for."""
        return f"{super().get_job_args(job)} --cores {job.threads}"
