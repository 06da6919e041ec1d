"""Costs: what each job of a study took, as Snakemake measured it."""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from aip.files import whole


@dataclass(frozen=True)
class Work:
    """What the jobs of a study work through.

    Attributes
    ----------
    names : frozenset of str
        All that the wildcards of its jobs can be.
    heads : mapping
        By rule and name, how many heads a job goes through, where no shard's name says it.
    passes : mapping
        By rule and name, how often each of them passes through a net.
    """

    names: frozenset[str]
    heads: Mapping[str, Mapping[str, int]]
    passes: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Cost:
    """What a job took.

    Attributes
    ----------
    rule : str
    wildcards : str
        Their values, joined by slashes.
    seconds : float
        From its start to its end.
    peak_mib : float or None
        Resident memory, the largest of Snakemake's samples: every half second for a quarter of a
        minute, then every half minute; None where there was none.
    cpu_seconds : float or None
        Of all its processes, until the last of these samples.
    heads : int or None
        How many it went through, where that is what it does.
    image_steps : int or None
        How often an image passed through a net in it.
    """

    rule: str
    wildcards: str
    seconds: float
    peak_mib: float | None = None
    cpu_seconds: float | None = None
    heads: int | None = None
    image_steps: int | None = None

    @property
    def image_steps_per_second(self) -> float | None:
        """Of its whole time, its start and its reading and writing included."""
        if not self.image_steps or not self.seconds:
            return None
        return self.image_steps / self.seconds


# Rules whose jobs are named last by their shard, which says their heads.
SHARDED = ("perturb", "lesson")

COLUMNS = (*(field.name for field in fields(Cost)), "image_steps_per_second")


def gather(folder: Path) -> tuple[list[Cost], list[str]]:
    """Read all that Snakemake measured, in the order of names.

    Parameters
    ----------
    folder : Path
        Of benchmarks: ``<rule>.tsv``, or ``<rule>/<wildcard>/….tsv``; it may be missing.

    Returns
    -------
    list of Cost
    list of str
        A sentence for each file that is no whole benchmark. No result follows from it, so that
        this keeps nobody from going on.
    """
    costs, spoilt = [], []
    for path in sorted(folder.rglob("*.tsv")):
        try:
            costs.append(_read(path, folder))
        except (ValueError, KeyError, TypeError, OSError, csv.Error):
            spoilt.append(
                f"{path}: not a benchmark of Snakemake's, expected one line with s, max_rss and "
                "cpu_time; what the job took is not known"
            )
    return costs, spoilt


def worked(costs: Iterable[Cost], work: Work) -> list[Cost]:
    """Keep the jobs that a study has, and say how many heads and image-steps each went through.

    Benchmarks of strategies that are no longer in it, or of shards of another size, are dropped,
    and so are those that stand where a shard's would and are of none.
    """
    found = []
    for cost in costs:
        names = [name for name in cost.wildcards.split("/") if name]
        if not work.names.issuperset(names):
            continue
        heads = passes = None
        if names:
            key = names[-1] if cost.rule == "cell" else names[0]
            heads = work.heads.get(cost.rule, {}).get(key)
            passes = work.passes.get(cost.rule, {}).get(key)
        if cost.rule in SHARDED:
            shard = re.fullmatch(r"(?:reverse-)?(\d+)-(\d+)", names[-1] if names else "")
            if not shard:
                continue
            first, last = map(int, shard.groups())
            heads = last - first + 1
        steps = heads * passes if heads and passes else None
        found.append(replace(cost, heads=heads, image_steps=steps))
    return found


def mean_seconds(costs: Iterable[Cost]) -> dict[str, float]:
    """Return the mean seconds of a job of each rule that was measured."""
    seconds = defaultdict(list)
    for cost in costs:
        seconds[cost.rule].append(cost.seconds)
    return {rule: sum(each) / len(each) for rule, each in seconds.items()}


def write_costs(path: Path, costs: Sequence[Cost]) -> None:
    """Write a line per job, with `COLUMNS`; empty where there is nothing to say."""
    with whole(path) as beside, beside.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for cost in costs:
            rate = cost.image_steps_per_second
            writer.writerow([*asdict(cost).values(), rate and round(rate, 2)])


def read_costs(path: Path) -> list[Cost]:
    """Read what `write_costs` wrote."""
    with path.open(newline="", encoding="utf-8") as file:
        return [_cost(line) for line in csv.DictReader(file)]


def _cost(line: dict[str, str]) -> Cost:
    peak, cpu = (float(line[name]) if line[name] else None for name in ("peak_mib", "cpu_seconds"))
    heads, steps = (int(line[name]) if line[name] else None for name in ("heads", "image_steps"))
    return Cost(line["rule"], line["wildcards"], float(line["seconds"]), peak, cpu, heads, steps)


def _read(path: Path, folder: Path) -> Cost:
    """Read a benchmark; its place says whose it is."""
    rule, *wildcards = path.relative_to(folder).with_suffix("").parts
    with path.open(newline="", encoding="utf-8") as file:
        (line,) = csv.DictReader(file, delimiter="\t")
    peak, cpu = (None if line[key] == "NA" else float(line[key]) for key in ("max_rss", "cpu_time"))
    return Cost(rule, "/".join(wildcards), float(line["s"]), peak, cpu)
