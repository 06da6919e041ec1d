import logging
import os
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from aip.damage import write_checksums
from aip.files import whole
from aip.job import running


@pytest.fixture
def snakemake(tmp_path, monkeypatch):
    """A job of Snakemake's, with one input and one output."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(logging, "raiseExceptions", True)
    Path("index.csv").write_text("identity\n")
    write_checksums(Path("index.csv"))
    yield SimpleNamespace(
        rule="heads",
        wildcards=["small"],
        params=SimpleNamespace(definition={}, fingerprint="f", seed=1),
        log=["heads.log"],
        input=["index.csv"],
        output=["heads.json"],
    )
    logging.captureWarnings(capture=False)


def work() -> None:
    with whole(Path("heads.json")) as path:
        path.write_text("{}")


def test_what_a_job_makes_gets_checksums(snakemake):
    with running(snakemake):
        work()
    assert Path(".heads.json.sha256").exists()


def test_a_damaged_input_is_said_before_any_work(snakemake, capsys):
    Path("index.csv").write_text("identitz\n")
    with pytest.raises(SystemExit) as caught, running(snakemake):
        pytest.fail("the work began")
    assert caught.value.code == 1
    said = capsys.readouterr().err
    assert said.startswith("error: heads small: index.csv: index.csv differs from its checksum")
    assert "; the next run makes it anew; rebuild it alone with: " in said
    assert said.count("\n") == 1
    assert said.strip().removeprefix("error: heads small: ") in Path("heads.log").read_text()
    assert len(list(Path(".snakemake/incomplete").iterdir())) == 1


def test_a_file_that_is_no_artifact_is_not_to_be_made_anew(snakemake, capsys):
    from aip.damage import Damaged

    weights = Path("mine.pt")
    weights.write_text("spoilt")
    with pytest.raises(SystemExit), running(snakemake):
        raise Damaged(weights, "spoilt", artifact=False)
    assert capsys.readouterr().err == "error: heads small: mine.pt: spoilt\n"
    assert weights.exists()
    assert not Path(".snakemake").exists()


def test_an_input_from_the_future_is_given_todays_time(snakemake):
    ahead = time.time() + 10_000
    os.utime("index.csv", (ahead, ahead))
    with running(snakemake):
        work()
    assert Path("index.csv").stat().st_mtime <= time.time()


def test_ctrl_c_ends_a_job_without_a_traceback(snakemake):
    with pytest.raises(SystemExit) as caught, running(snakemake):
        raise KeyboardInterrupt
    assert caught.value.code == 130


def test_a_mistake_of_the_program_is_not_hidden(snakemake):
    with pytest.raises(ZeroDivisionError), running(snakemake):
        1 / 0  # noqa: B018
    assert "ZeroDivisionError" in Path("heads.log").read_text()
