"""An executor for SLURM whose jobs do their work in the process that SLURM starts.

Snakemake finds an executor by this module's name; its options are those of
``snakemake-executor-plugin-slurm``, with the prefix ``--slurm-direct-``.
"""

from snakemake_executor_plugin_slurm import ExecutorSettings, common_settings

from aip.run.internals import slurm_executor

__all__ = ["Executor", "ExecutorSettings", "common_settings"]

Executor = slurm_executor()
