"""What a run shows in the terminal: one live line, and last the sentence that says what failed.

A logger plugin of Snakemake, by the name ``terminal``. It imports nothing of ``aip``: the library
that a run uses is the one beside its Snakefile.
"""

import os
import re
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from logging import ERROR, WARNING, LogRecord
from typing import Any, TextIO

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

from snakemake_logger_plugin_terminal.running import Running, duration, seconds_left

SHOWN = "AIP_TERMINAL"  # tells jobs that what they write into their logs is shown
# What Snakemake adds when a job fails.
ECHOES = (
    "RuleException:\nCalledProcessError",
    "Exiting because a job execution failed",
    "WorkflowError:\nAt least one job did not complete",
)
TICK, SILENCE = 1.0, 60.0  # seconds: between live lines; at most, between plain ones
FEW = 4  # if no more jobs run, their logs are read for their progress
CLEAR = "\033[K"


class LogHandler(LogHandlerBase):
    """Show where a run is; with --verbose, --debug-dag or -p, all that Snakemake says, too."""

    writes_to_stream = True
    writes_to_file = has_formatter = needs_rulegraph = False

    def __post_init__(self) -> None:
        settings = self.common_settings
        self.full = settings.verbose or settings.debug_dag or settings.printshellcmds
        quiet = {about.name for about in settings.quiet or ()} & {"ALL", "PROGRESS"}
        self.silent = self.full or settings.dryrun or bool(quiet)
        self.stream: TextIO = sys.stdout if settings.stdout else sys.stderr
        self.live = not self.silent and self.stream.isatty() and os.getenv("TERM") != "dumb"
        self.planned: Mapping[str, int] = {}
        self.running: dict[int, Running] = {}
        self.failed: dict[int, tuple[str, Sequence[str]]] = {}
        self.spent: defaultdict[str, list[float]] = defaultdict(list)
        self.ended: list[str] = []  # since the last plain line
        self.held: list[str] = []  # said only if no job is planned
        self.errors: list[str] = []
        self.done = 0
        self.began = self.last = time.time()
        self.over, self.closed = threading.Event(), False
        os.environ[SHOWN] = "1"

    @property
    def has_filter(self) -> bool:
        """Whether Snakemake's filter is not wanted."""
        return not self.full

    def emit(self, record: LogRecord) -> None:
        """Show what a person needs of what Snakemake logs."""
        try:
            if getattr(record, "result", False):
                self._say(record.msg, sys.stdout)
                return
            if self.full and (text := self.format(record)) not in ("", "None"):
                self._say(text)
            handle = {
                None: self._message,
                LogEvent.ERROR: self._message,
                LogEvent.WORKFLOW_STARTED: self._workflow_started,
                LogEvent.RUN_INFO: self._run_info,
                LogEvent.JOB_INFO: self._job_info,
                LogEvent.JOB_FINISHED: self._job_finished,
                LogEvent.PROGRESS: self._progress,
                LogEvent.JOB_ERROR: self._job_error,
                LogEvent.GROUP_ERROR: self._group_error,
            }.get(getattr(record, "event", None))
            if handle:
                handle(record)
            self._draw()
        except Exception:
            self.handleError(record)

    def close(self) -> None:
        """Show last what went wrong."""
        self.over.set()
        if not self.closed:
            self.closed = True
            self._end()
        super().close()

    def _message(self, record: Any) -> None:
        if record.levelno >= ERROR:
            self.errors.append(record.msg)
        elif record.levelno < WARNING:
            self.held.append(record.msg)
        elif not self.full:
            self._say(record.msg)

    def _workflow_started(self, _: Any) -> None:
        self.held.clear()

    def _run_info(self, record: Any) -> None:
        self.held.clear()
        if self.common_settings.dryrun and not (self.planned or self.full):
            self._say(record.msg)
        if not (self.planned or self.silent):
            threading.Thread(target=self._tick, daemon=True).start()
        self.planned = {rule: count for rule, count in record.stats.items() if rule != "total"}

    def _job_info(self, record: Any) -> None:
        label = " ".join((record.rule_name, *filter(None, record.wildcards.values())))
        self.running[record.jobid] = Running(record.rule_name, label, tuple(record.log))
        self.failed.pop(record.jobid, None)

    def _job_finished(self, record: Any) -> None:
        job = self.running.pop(record.job_id)
        self.spent[job.rule].append(time.time() - job.began)
        self.ended.append(f"{job.label} ({duration(self.spent[job.rule][-1])})")
        for note in job.said("note"):
            self._say(note)

    def _progress(self, record: Any) -> None:
        self.done = record.done
        if self.done == record.total and not self.silent:
            took = duration(time.time() - self.began)
            self.over.set()
            self._say(f"{self._counts()} in {took}")
        elif not (self.live or self.silent):
            self._say(f"{self._counts()}{self._left(self._far())}: {', '.join(self.ended)}")
        self.ended.clear()

    def _job_error(self, record: Any) -> None:
        if not record.indent:  # the group reports for its jobs
            self._fail([vars(record)], record.rule_msg)

    def _group_error(self, record: Any) -> None:
        self._fail(record.job_error_info, None, record.aux_logs)

    def _fail(
        self, jobs: Sequence[Mapping[str, Any]], reason: str | None, more: Sequence[str] = ()
    ) -> None:
        """Keep the sentence of each failed job, or one that says that the job gave none."""
        found = [(job, self.running.pop(job["jobid"], None)) for job in jobs]
        spoke = [one for _, one in found if one]
        if any(one.said("stopped") for one in spoke) and not any(
            one.said("error") for one in spoke
        ):
            return
        why = {
            job["jobid"]: (one.said("error")[-1], job["log"])
            for job, one in found
            if one and one.said("error")
        }
        if not why:
            job, one = found[0]
            said = " ".join((reason or "it ended without saying why; was it killed?").split())
            label = one.label if one else job["rule_name"]
            why = {job["jobid"]: (f"{label}: {said}", [*job["log"], *more])}
        self.failed |= why
        for sentence, _ in () if self.silent else why.values():
            self._say(f"failed: {sentence.split(':')[0]}")

    def _counts(self) -> str:
        failed = f", {len(self.failed)} failed" if self.failed else ""
        return f"{self.done} of {sum(self.planned.values())} jobs done{failed}"

    def _left(self, far: Mapping[Running, int]) -> str:
        left = seconds_left(self.planned, self.spent, far, time.time() - self.began)
        return f", about {duration(left)} left" if left else ""

    def _far(self) -> dict[Running, int]:
        few = len(self.running) <= FEW
        return {job: job.percent() if few else 0 for job in self.running.values()}

    def _line(self, columns: int) -> str:
        """Say where the run is: each job by its name, or how many of each rule."""
        if not self.planned:
            return self.held[-1].split("\n")[0][: columns - 1] if self.held else ""
        far = self._far()
        jobs = [f"{job.label} {percent}%" if percent else job.label for job, percent in far.items()]
        if len(line := f"{self._counts()}{self._left(far)}: {', '.join(jobs)}") < columns:
            return line
        rules = Counter(job.rule for job in far).items()
        jobs = [f"{number} {rule}" for rule, number in rules]
        return f"{self._counts()}{self._left(far)}: {', '.join(jobs)}"[: columns - 1]

    def _draw(self) -> None:
        if self.live and not self.over.is_set():
            columns = os.get_terminal_size(self.stream.fileno()).columns or 80
            self.stream.write(f"\r{self._line(columns)}{CLEAR}")
            self.stream.flush()

    def _say(self, text: str, stream: TextIO | None = None) -> None:
        """Write lines that stay, above the live one."""
        if self.live:
            self.stream.write(f"\r{CLEAR}")
            self.stream.flush()
        print(text, file=stream or self.stream, flush=True)
        self.last = time.time()

    def _tick(self) -> None:
        """Show where the run is while Snakemake says nothing."""
        while not self.over.wait(TICK):
            self.acquire()
            try:
                with suppress(OSError):  # a log is gone, or the terminal is
                    self._draw()
                if not self.live and time.time() - self.last >= SILENCE:
                    self._say(self._line(sys.maxsize))
            finally:
                self.release()

    def _end(self) -> None:
        if self.full:
            self.held, self.errors = [], []
        if not self.errors and (self.common_settings.dryrun or not self.planned):
            for text in self.held:
                if not text.endswith("..."):  # a line that only announces work
                    self._say(text)
        if self.planned and (self.errors or self.failed):
            self._say(f"stopped: {self._counts()}; the next run goes on from there")
        for text in self.errors:
            if not text.startswith(ECHOES):
                self._say(f"error: {plain(text)}")
        for sentence, logs in self.failed.values():
            self._say(f"error: {sentence}\n  log: {', '.join(logs)}")


def plain(text: str) -> str:
    r"""Return the message of an exception, without its places in the program.

    Examples
    --------
    >>> plain('WorkflowError in file "a.smk", line 5:\nno such\n  File "a.smk", line 5, in b')
    'no such'
    >>> plain("Traceback (most recent call last):\n\n  ...\n\nOSError: [Errno 2] No file: 'a'")
    "No file: 'a'"
    """
    if text.startswith("Traceback"):
        *_, text = text.strip().splitlines()
        return re.sub(r"^\w+: \[Errno \d+\] ", "", text)
    text = re.sub(r'\n  File "[^\n]*', "", text)
    text = re.sub(r"^(WorkflowError in [^\n]*|\w+):\n", "", text)
    return text.removeprefix("Error: ")
