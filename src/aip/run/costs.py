"""Costs: what each job of a study took, as Snakemake measured it."""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from aip.store.files import whole


@dataclass(frozen=True)
class Work:
    """How much work the jobs of a study have.

    Attributes
    ----------
    names : frozenset of str
        Every value that a wildcard of its jobs can take.
    heads : mapping
        Heads that a job processes, by rule and name, where no shard's name says it.
    passes : mapping
        Passes of each head through a net, by rule and name.
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
        The largest of Snakemake's samples of resident memory, taken every half second for 15
        seconds and then every 30 seconds; None if there is no sample.
    cpu_seconds : float or None
        Processor time of all its processes, up to the last of these samples.
    heads : int or None
        Heads that it processed; None for a job that does not go head by head.
    image_steps : int or None
        Passes of an image through a net.
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
        """Image-steps per second of the whole job, with its start, reading and writing."""
        if not self.image_steps or not self.seconds:
            return None
        return self.image_steps / self.seconds


# Rules whose last wildcard is the shard, which says how many heads a job has.
SHARDED = ("perturb", "lesson", "draw_lesson")

COLUMNS = (*(field.name for field in fields(Cost)), "image_steps_per_second")


def read_benchmarks(folder: Path) -> tuple[list[Cost], list[str]]:
    """Read all benchmarks of a study, sorted by name.

    Parameters
    ----------
    folder : Path
        The folder of benchmarks, ``<rule>.tsv`` or ``<rule>/<wildcard>/….tsv``; it may be missing.

    Returns
    -------
    list of Cost
    list of str
        A sentence for each file that is not a whole benchmark. No result depends on such a file, so
        it is no error.
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
    """Keep the jobs that a study has, and count the heads and image-steps of each.

    Benchmarks of strategies that the study no longer has are dropped. So are those of shards of
    another size, and files in the place of a shard's whose name is not a shard's.
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
    """Write one line per job, with the columns `COLUMNS`; what is not known stays empty."""
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


def sentences(path: Path) -> list[str]:
    """Say which jobs took the time, from a file of `write_costs`; nothing if none was measured."""
    costs = read_costs(path)
    if not costs:
        return []
    seconds: defaultdict[str, float] = defaultdict(float)
    for cost in costs:
        seconds[cost.rule] += cost.seconds
    total, most = sum(seconds.values()), max(seconds, key=lambda rule: seconds[rule])
    jobs = [cost for cost in costs if cost.rule == most]
    stepping = [cost for cost in jobs if cost.image_steps]
    speed = ""
    if stepping:
        steps = sum(cost.image_steps or 0 for cost in stepping)
        rate = steps / sum(cost.seconds for cost in stepping)
        speed = f", {rate:.1f} image-steps per second"
    peaks = [cost.peak_mib for cost in costs if cost.peak_mib is not None]
    memory = f" No job was seen to hold more than {max(peaks):.0f} MiB." if peaks else ""
    return [
        f"Costs: the {len(costs)} jobs measured took {total:.0f} s in all, {most} "
        f"{seconds[most] / total * 100:.0f} % of it ({len(jobs)} jobs, {seconds[most]:.0f} s"
        f"{speed}).{memory} Each job's are in {path}."
    ]


def _cost(line: dict[str, str]) -> Cost:
    peak, cpu = (float(line[name]) if line[name] else None for name in ("peak_mib", "cpu_seconds"))
    heads, steps = (int(line[name]) if line[name] else None for name in ("heads", "image_steps"))
    return Cost(line["rule"], line["wildcards"], float(line["seconds"]), peak, cpu, heads, steps)


def _read(path: Path, folder: Path) -> Cost:
    """Read a benchmark; its path says which job it belongs to."""
    rule, *wildcards = path.relative_to(folder).with_suffix("").parts
    with path.open(newline="", encoding="utf-8") as file:
        (line,) = csv.DictReader(file, delimiter="\t")
    peak, cpu = (None if line[key] == "NA" else float(line[key]) for key in ("max_rss", "cpu_time"))
    return Cost(rule, "/".join(wildcards), float(line["s"]), peak, cpu)
