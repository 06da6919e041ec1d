"""A job that runs, and what its log says of it: the lines that `aip.run.job` writes."""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

LINE = re.compile(r"^[-\d]+ [:,\d]+ (?:(error|note|stopped): (.*)|(\d+)% of .*)$", re.MULTILINE)


@dataclass(frozen=True)
class Running:
    """A job between its start and its end.

    Attributes
    ----------
    rule, label : str
    logs : sequence of str
    began : float
        The time of its start, in seconds since the epoch.
    """

    rule: str
    label: str
    logs: Sequence[str]
    began: float = field(default_factory=time.time)

    def said(self, kind: str) -> list[str]:
        """Return the sentences of a kind: error, note or stopped."""
        return [sentence for found, sentence, _ in self._lines() if found == kind]

    def percent(self) -> int:
        """Return how far it is; 0 if it does not say."""
        return max((int(percent) for *_, percent in self._lines() if percent), default=0)

    def _lines(self) -> Iterator[tuple[str, str, str]]:
        for path in map(Path, self.logs):
            # Not there yet, or of an earlier attempt: that is older, and Snakemake removes it.
            with suppress(OSError):
                if path.stat().st_mtime >= int(self.began):
                    yield from LINE.findall(path.read_text(errors="replace"))


def seconds_left(
    planned: Mapping[str, int],
    spent: Mapping[str, Sequence[float]],
    running: Mapping[Running, int],
    elapsed: float,
) -> float | None:
    """Estimate the time left, each job taking as long as those of its rule so far.

    Parameters
    ----------
    planned : mapping of str to int
        How many jobs each rule has.
    spent : mapping of str to sequence of float
        The seconds that each finished job of a rule took.
    running : mapping of Running to int
        How far each is, in percent; 0 if it does not say.
    elapsed : float
        Seconds since the first job began.

    Returns
    -------
    float or None
        In seconds; None while most of what is left is of rules that no job has finished of: a job
        that trains may take a hundred times as long as one that scores.
    """
    left = {rule: count - len(spent.get(rule, ())) for rule, count in planned.items()}
    if 2 * sum(count for rule, count in left.items() if not spent.get(rule)) > sum(left.values()):
        return None
    every = [seconds for some in spent.values() for seconds in some]
    if not every:
        return None
    now, todo = time.time(), dict(planned)
    means = {rule: sum(some) / len(some) for rule, some in spent.items()}
    mean, rest, busy = sum(every) / len(every), 0.0, sum(every)
    for job, percent in running.items():
        so_far = now - job.began
        busy += so_far
        rest += (
            so_far * (100 / percent - 1) if percent else max(0, means.get(job.rule, mean) - so_far)
        )
        todo[job.rule] -= 1
    for rule, count in todo.items():
        rest += max(0, count - len(spent.get(rule, ()))) * means.get(rule, mean)
    at_once = max(1, busy / max(elapsed, 1))
    return rest / at_once


def duration(seconds: float) -> str:
    """Say how long something takes.

    Examples
    --------
    >>> duration(41.2), duration(260), duration(8100)
    ('41 s', '4 min', '2 h 15 min')
    """
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
