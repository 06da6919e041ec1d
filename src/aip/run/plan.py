"""What a run of a study would do, and why: Snakemake's own plan."""

import json
import os
from ast import literal_eval
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from aip.run import internals
from aip.store.checkout import ROOT
from aip.store.hdf5 import reading
from aip.study.overlay import base

State = Literal["done", "missing", "stale"]


@dataclass(frozen=True)
class Planned:
    """A job of a study.

    Attributes
    ----------
    rule : str
    wildcards : str
        Their values, joined by slashes.
    state : State
        ``missing`` if some of its files are not there; ``stale`` if all are, and would be made
        again; else ``done``.
    runs : bool
        Whether a run would start it. A run leaves out even a missing job if no job that runs needs
        its files.
    why : tuple of str
        What changed about the job itself since its files were made.
    made_from : tuple of str
        The jobs that make its input and would run before it, as rule and wildcards.
    """

    rule: str
    wildcards: str
    state: State
    runs: bool
    why: tuple[str, ...] = ()
    made_from: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Rule and wildcards."""
        return f"{self.rule} {self.wildcards}".rstrip()


def plan(overlays: Sequence[Path], config: Sequence[str] = ()) -> list[Planned]:
    """Ask Snakemake which jobs a run would start, in the order in which they can run.

    Snakemake plans under its profile in ``profiles/default``, and starts nothing.

    Parameters
    ----------
    overlays : sequence of Path
        As Snakemake's --configfile takes them.
    config : sequence of str
        As Snakemake's --config takes it.

    Raises
    ------
    BadInput
        Snakemake cannot plan the study.
    """
    with _same_environment():
        levels = internals.planned(ROOT / "Snakefile", [base(), *overlays], config)
    return [
        job for level in levels for job in sorted(map(_planned, level), key=lambda job: job.name)
    ]


@contextmanager
def _same_environment() -> Iterator[None]:
    """Undo what the workflow sets in the environment for the jobs of a run."""
    before = dict(os.environ)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _planned(job: internals.Job) -> Planned:
    wildcards = _wildcards(job)
    if not job.runs:
        return Planned(job.rule, wildcards, "done" if job.exists else "missing", job.runs)
    before = sorted(f"{other.rule} {_wildcards(other)}".rstrip() for other in job.made_from)
    why = tuple(_why(job)) if job.exists else ()
    state: State = "stale" if job.exists else "missing"
    return Planned(job.rule, wildcards, state, job.runs, why, tuple(before))


def _wildcards(job: internals.Job) -> str:
    return "/".join(value for value in job.wildcards.values() if value)


def _why(job: internals.Job) -> Iterator[str]:
    """Say what changed about a job since its files were made, as Snakemake remembers it."""
    if job.doubted:
        yield from _other(job)
    elif job.broke_off:
        yield "the run that made it broke off"
    new = job.new_params.get("provenance")
    if new is not None:
        literals = map(_literal, job.old_params)
        old = next((each for each in literals if isinstance(each, dict) and "code" in each), None)
        yield from _changes(old, new, follows=bool(job.made_from or job.newer))
    if job.newer:
        yield f"made again since: {', '.join(job.newer)}"


def _other(job: internals.Job) -> Iterator[str]:
    """Say of what else a job's files carry the fingerprint."""
    said: list[str] = []
    asked = json.loads(json.dumps(job.params["provenance"]["definition"]))
    for path in map(Path, job.doubted):
        if path.suffix == ".h5":
            with reading(path) as file:
                known = json.loads(file.attrs.get("definition", "{}"))
            for key in ("mixture", "source"):  # of an equilibrium, of files; no config says it
                known.pop(key, None)
            said += differences(known, asked) if known else []
    yield from said or [f"made from something else: {', '.join(job.doubted)}"]


def _changes(old: Mapping[str, Any] | None, new: Mapping[str, Any], follows: bool) -> Iterator[str]:
    """Say what differs between what an artifact was made from and what it would be made from."""
    if old is None:
        yield "what it was made from is not known"
        return
    said = list(differences(old["definition"], new["definition"]))
    if old["seed"] != new["seed"]:
        said.append(f"seed {old['seed']} → {new['seed']}")
    modules = sorted(old["code"].keys() | new["code"].keys())
    edited = [name for name in modules if old["code"].get(name) != new["code"].get(name)]
    if edited:
        said.append(f"its code: {', '.join(edited)}")
    if not said and not follows and old["fingerprint"] != new["fingerprint"]:
        said.append("the content of a file that the config names")
    yield from said


def differences(old: Mapping[str, Any], new: Mapping[str, Any], where: str = "") -> Iterator[str]:
    """Say how two definitions differ, key by key.

    Examples
    --------
    >>> list(differences({"steps": 3, "robust_to": [("O", 1)]}, {"steps": 5, "robust_to": []}))
    ["robust_to [('O', 1)] → []", 'steps 3 → 5']
    >>> list(differences({"training": {"epochs": 2}}, {"training": {"epochs": 3}, "mean": None}))
    ['mean: new', 'training.epochs 2 → 3']
    """
    for key in sorted(old.keys() | new.keys()):
        name = f"{where}{key}"
        if key not in old or key not in new:
            yield f"{name}: {'new' if key in new else 'gone'}"
        elif isinstance(old[key], dict) and isinstance(new[key], dict):
            yield from differences(old[key], new[key], f"{name}.")
        elif old[key] != new[key]:
            yield f"{name} {old[key]} → {new[key]}"


def _literal(text: str) -> Any:
    try:
        return literal_eval(text)
    except ValueError:  # not a literal, such as nan
        return text
