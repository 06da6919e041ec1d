"""The status of a study and the cost of a run, as text and as JSON."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from aip.run.plan import Planned
from aip.show.typeset import aligned

# How many jobs of a kind are named before the others are counted.
NAMED = 4


@dataclass(frozen=True)
class Status:
    """The status of a study's jobs.

    Attributes
    ----------
    study : str
    jobs : sequence of Planned
        In the order in which they can run.
    seconds : mapping
        Mean seconds of a job of each rule that was measured.
    spoilt : sequence of str
        A sentence for each measurement that cannot be read.
    """

    study: str
    jobs: Sequence[Planned]
    seconds: Mapping[str, float]
    spoilt: Sequence[str] = ()

    @property
    def to_come(self) -> list[Planned]:
        """The jobs that a run would start."""
        return [job for job in self.jobs if job.runs]

    @property
    def cost(self) -> float:
        """Estimated seconds of those whose rule was measured, one job after another."""
        return sum(self.seconds.get(job.rule, 0.0) for job in self.to_come)

    @property
    def unknown(self) -> list[str]:
        """Rules of jobs to come for which nothing was measured."""
        rules = dict.fromkeys(job.rule for job in self.to_come)
        return [rule for rule in rules if rule not in self.seconds]


def status_json(status: Status) -> str:
    """Return a status as JSON, with every job."""
    return json.dumps(
        {
            "study": status.study,
            "jobs": [
                {**asdict(job), "seconds": status.seconds.get(job.rule)} for job in status.jobs
            ],
            "counts": _counted(status.jobs),
            "to_come": {
                "jobs": len(status.to_come),
                "seconds": status.cost,
                "unknown": status.unknown,
            },
            "spoilt": list(status.spoilt),
        },
        indent=2,
    )


def text(status: Status) -> str:
    """Return a status for the terminal: counts by rule, what changed, and what a run costs."""
    counted = _counted(status.jobs)
    parts = [
        f"Study {status.study}, {_jobs(len(status.jobs))}: {counted['done']} done, "
        f"{counted['missing']} missing, {counted['stale']} stale."
    ]
    lines = aligned(_rows(status))
    parts.append("\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]]))
    changed: dict[tuple[str, str], list[str]] = {}
    for job in status.jobs:
        if job.why:
            changed.setdefault((job.rule, "; ".join(job.why)), []).append(job.wildcards)
    if changed:
        said = [f"  {rule}{_listed(names)}: {why}" for (rule, why), names in changed.items()]
        parts.append("\n".join(["What changed:", *said]))
    follow = sum(1 for job in status.jobs if job.state == "stale" and not job.why)
    if follow:
        parts.append(f"Stale for being made from what is missing or stale: {_jobs(follow)}.")
    idle = [job.name for job in status.jobs if job.state == "missing" and not job.runs]
    if idle:
        parts.append(
            f"Missing, but a run of all would not ask for it:{_listed(idle)}. Naming its file does."
        )
    return "\n\n".join([*parts, _cost(status), *status.spoilt])


def _counted(jobs: Sequence[Planned]) -> dict[str, int]:
    found = Counter(job.state for job in jobs)
    return {state: found[state] for state in ("done", "missing", "stale")}


def _rows(status: Status) -> list[list[str]]:
    rows = [["rule", "done", "missing", "stale", "s per job", "s to come"]]
    for rule in dict.fromkeys(job.rule for job in status.jobs):
        jobs, each = [job for job in status.jobs if job.rule == rule], status.seconds.get(rule)
        to_come = sum(1 for job in jobs if job.runs)
        rows.append(
            [
                rule,
                *map(str, _counted(jobs).values()),
                "?" if each is None else f"{each:.1f}",
                "0" if not to_come else "?" if each is None else f"{to_come * each:.0f}",
            ]
        )
    return rows


def _listed(names: Sequence[str]) -> str:
    """Name the first few jobs of a rule; nothing where it has no wildcards."""
    shown = [name for name in names[:NAMED] if name]
    others = [f"{len(names) - NAMED} more"] if len(names) > NAMED else []
    return f" {', '.join([*shown, *others])}" if shown else ""


def _cost(status: Status) -> str:
    if not status.to_come:
        return "A run has nothing to do."
    known = sum(1 for job in status.to_come if job.rule in status.seconds)
    parts = []
    if known:
        parts.append(
            f"A run would take about {status.cost:.0f} s for {_jobs(known)}, one after another, by "
            "the mean of those of the same rule that were measured."
        )
    if status.unknown:
        parts.append(
            f"What {_jobs(len(status.to_come) - known)} would take is not known, for in this study "
            f"none of the rule was measured: {', '.join(status.unknown)}."
        )
    return " ".join(parts)


def _jobs(count: int) -> str:
    return f"{count} job{'' if count == 1 else 's'}"
