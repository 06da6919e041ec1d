import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from snakemake.persistence.file import FilePersistence

from aip.errors import BadInput
from aip.run import internals
from aip.run.internals import SUPPORTED, check_versions, doubt_unreadable, mark_incomplete

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["a.h5", "results/smoke/" + "ü" * 300 + "/photos"])
def test_the_mark_is_where_snakemake_looks_for_it(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    mark_incomplete(name)
    snakemakes = FilePersistence.__new__(FilePersistence)
    snakemakes._max_len, snakemakes._incomplete_cache = None, None
    snakemakes._incomplete_path = str(tmp_path / ".snakemake" / "incomplete")
    assert snakemakes._filter_incomplete_keys([name, "other"]) == {name}
    assert snakemakes._get_external_jobids([name]) == set()


@pytest.mark.parametrize(
    "content",
    [b"", b'{"rule": "ce', b'{"rule": "\xa0ell"}', b'{"endtime": "x"}', b"[]"],
    ids=["empty", "truncated", "not UTF-8", "of another type", "of another shape"],
)
def test_what_a_damaged_record_is_of_counts_as_broken_off(tmp_path, monkeypatch, content):
    monkeypatch.chdir(tmp_path)
    records = Path(".snakemake/metadata")
    (records / "@long").mkdir(parents=True)
    (records / "d2hvbGU=").write_text('{"rule": "cell", "endtime": 1.5}')
    (records / "@long" / "c3BvaWx0").write_bytes(content)
    doubt_unreadable()
    assert [path.name for path in records.rglob("*") if path.is_file()] == ["d2hvbGU="]
    marks = [path for path in Path(".snakemake/incomplete").rglob("*") if path.is_file()]
    assert marks == [Path(".snakemake/incomplete/@long/c3BvaWx0")]
    assert json.loads(marks[0].read_text()) == {"external_jobid": None}


def test_no_record_is_looked_at_while_another_run_may_be_writing_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # As a run of Snakemake's locks what it makes.
    run = FilePersistence.__new__(FilePersistence)
    run._lockdir, run._lockfile = ".snakemake/locks", {}
    Path(run._lockdir).mkdir(parents=True)
    run._write_locks("output", ["cell.h5"])
    record = Path(".snakemake/metadata/aGFsZg==")
    record.parent.mkdir()
    record.write_text('{"rule": "ce')
    doubt_unreadable()
    assert record.exists()
    run._delete_locks()
    doubt_unreadable()
    assert not record.exists()


def test_what_is_installed_is_what_pyproject_asks_for_and_the_file_holds_for():
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    for name, versions in SUPPORTED.items():
        assert f"{name}{versions}" in asked
    check_versions()


@pytest.mark.parametrize("found", ["9.9.0", "10.0.0"])
def test_another_version_is_named(found, monkeypatch):
    monkeypatch.setattr(internals, "version", lambda _: found)
    with pytest.raises(BadInput, match=f"snakemake: found version {found}, expected one that is"):
        check_versions()


def test_only_one_file_of_the_program_touches_what_is_snakemakes_own():
    private = re.compile(
        r"snakemake\.(persistence|cli|api|dag|jobs|workflow|iocontainers|settings)\b"
        r"|snakemake import (api|cli)|\bworkflow\.(?!basedir\b)[a-z_]+|\._benchmark\b"
        r"|job_status_query|_submitted_job_clusters|\b(toposorted|needrun|params_changed|_workflow)\b"
        r"|\.snakemake[/\"', ]+(incomplete|metadata|locks)"
    )
    files = [
        path
        for folder in ("src", "workflow")
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in (".py", ".smk")
    ]
    assert len(files) > 100
    found = {path.name for path in (*files, ROOT / "Snakefile") if private.search(path.read_text())}
    assert found == {"internals.py"}


def test_a_job_needs_no_snakemake_that_python_can_import():
    """Conda's Python may be another than Snakemake's."""
    program = "import sys; import aip.run.job; print('snakemake' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n", done.stderr


def test_slurm_is_not_given_the_key_for_flickr(monkeypatch):
    executor = internals.slurm_executor()
    monkeypatch.setattr(executor.__mro__[1], "__post_init__", lambda self, test_mode=False: None)  # noqa: ARG005
    monkeypatch.setenv("FLICKR_API_KEY", "secret")
    monkeypatch.setenv("FLICKR_API_KEY_FILE", "key.txt")
    object.__new__(executor).__post_init__()
    assert "FLICKR_API_KEY" not in os.environ
    assert os.environ["FLICKR_API_KEY_FILE"] == "key.txt"
