"""What a run of a study would do, and why: Snakemake's own plan."""

import os
from ast import literal_eval
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any, Literal

from aip.checkout import ROOT
from aip.errors import BadInput

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
        missing, some of its files are not there; stale, they are, and would be made again; done.
    runs : bool
        Whether a run would start it. A missing one, too, may not be asked for by any that runs.
    why : tuple of str
        What of the job itself changed since it was made.
    made_from : tuple of str
        The jobs, as rule and wildcards, that would run before and that it is made from.
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


def plan(overlay: Path) -> list[Planned]:
    """Ask Snakemake which jobs a run would start, in the order in which they can run.

    It reads what its profile in ``profiles/default`` says, and starts nothing.

    Parameters
    ----------
    overlay : Path
        As Snakemake's --configfile takes it.

    Raises
    ------
    BadInput
        Snakemake cannot plan the study.
    """
    from snakemake.exceptions import RuleException, WorkflowError

    said = StringIO()
    try:
        with redirect_stdout(said), redirect_stderr(said), _same_environment():
            return list(_planned(overlay))
    except (WorkflowError, RuleException, OSError) as error:
        raise BadInput(
            f"{overlay}: Snakemake cannot plan it: {' '.join(str(error).split())}"
        ) from error


@contextmanager
def _same_environment() -> Iterator[None]:
    """Take back what the workflow tells the jobs of a run by the environment."""
    before = dict(os.environ)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _planned(overlay: Path) -> Iterator[Planned]:
    from snakemake import api, cli
    from snakemake.settings import types

    snakefile = ROOT / "Snakefile"
    _, given = cli.parse_args(["--snakefile", str(snakefile)])
    quiet = types.OutputSettings(quiet={types.Quietness.ALL}, enable_file_logging=False)
    with api.SnakemakeApi(quiet) as snakemake:
        workflow = snakemake.workflow(
            types.ResourceSettings(cores=1),
            config_settings=types.ConfigSettings(configfiles=(ROOT / "config.yaml", overlay)),
            snakefile=snakefile,
        )
        settings = types.DAGSettings(
            rerun_triggers=given.rerun_triggers,
            max_checksum_file_size=given.max_checksum_file_size,
            force_incomplete=given.rerun_incomplete,
        )
        # Of all that its API does with a plan, this alone takes account of files that a run left
        # incomplete, and starts nothing.
        workflow.dag(settings).list_changes(types.ChangeType.PARAMS)
        dag = workflow._workflow.dag
        for level in dag.toposorted():
            jobs = (_job(job, dag) for job in level if job.output)
            yield from sorted(jobs, key=lambda job: job.name)


def _job(job: Any, dag: Any) -> Planned:
    runs, there = dag.needrun(job), all(Path(file).exists() for file in job.output)
    if not runs:
        return Planned(job.rule.name, _wildcards(job), "done" if there else "missing", runs)
    before = sorted(
        f"{other.rule.name} {_wildcards(other)}".rstrip()
        for other in dag.dependencies[job]
        if dag.needrun(other)
    )
    why = tuple(_why(job, dag, bool(before))) if there else ()
    state: State = "stale" if there else "missing"
    return Planned(job.rule.name, _wildcards(job), state, runs, why, tuple(before))


def _wildcards(job: Any) -> str:
    return "/".join(value for value in job.wildcards_dict.values() if value)


def _why(job: Any, dag: Any, follows: bool) -> Iterator[str]:
    """Say what of a job changed, by what Snakemake remembers of the one that made its files."""
    reason = dag.reason(job)
    if reason.forced:
        yield "the run that made it broke off"
    change = dag.workflow.persistence.params_changed(job)
    changed = {name: value for name, value in job.params.items() if repr(value) in change.only_new}
    old = [_literal(text) for text in change.only_old]
    if "definition" in changed:
        earlier = [value for value in old if isinstance(value, dict)]
        new = changed["definition"]
        if earlier:
            yield from differences(max(earlier, key=lambda d: len(d.keys() & new.keys())), new)
        else:
            yield "its definition"
    if "seed" in changed:
        yield f"seed {changed['seed']}"
    newer = sorted(map(str, reason.updated_input - reason.updated_input_run))
    if newer:
        yield f"made anew since: {', '.join(newer)}"
    elif set(changed) == {"fingerprint"} and not follows:
        yield "its code, or the content of a file that the config names"


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
    except ValueError:  # what is no literal, such as nan
        return text
