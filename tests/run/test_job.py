import errno
import logging
import os
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from aip.run.job import running
from aip.store.checkout import ROOT
from aip.store.checksums import write_checksums
from aip.store.files import whole
from aip.study.code import Reader


@pytest.fixture
def snakemake(tmp_path, monkeypatch):
    """A job of Snakemake's, with one input and one output."""
    made = {"definition": {}, "fingerprint": "f", "seed": 1, "code": {}}
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(logging, "raiseExceptions", True)
    Path("index.csv").write_text("identity\n")
    write_checksums(Path("index.csv"), "f")
    yield SimpleNamespace(
        rule="heads",
        wildcards=["small"],
        params=SimpleNamespace(provenance=made),
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


def test_what_is_said_moves_no_cursor(snakemake, capsys):
    with running(snakemake) as job:
        job.say("Ada\x1b[2J has no photo")
        work()
    assert capsys.readouterr().err == "heads small: Ada\\x1b[2J has no photo\n"


def test_a_damaged_input_is_said_before_any_work(snakemake, capsys):
    Path("index.csv").write_text("identitz\n")
    with pytest.raises(SystemExit) as caught, running(snakemake):
        pytest.fail("the work began")
    assert caught.value.code == 1
    said = capsys.readouterr().err
    assert said.startswith("error: heads small: index.csv: index.csv differs from its checksum")
    assert "; the next run makes it again; rebuild it alone with: " in said
    assert said.count("\n") == 1
    assert said.strip().removeprefix("error: heads small: ") in Path("heads.log").read_text()
    assert len(list(Path(".snakemake/incomplete").iterdir())) == 1


def test_a_file_that_is_no_artifact_is_not_to_be_made_again(snakemake, capsys):
    from aip.store.checksums import Damaged

    weights = Path("mine.pt")
    weights.write_text("spoilt")
    with pytest.raises(SystemExit), running(snakemake):
        raise Damaged(weights, "spoilt")
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


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(errno.ENOSPC, "full"), ".: cannot be written: No space left on device"),
        (OSError(errno.EMFILE, "many"), "Too many open files: the file handles of this process"),
        (MemoryError(), "memory ran out; expected more of it free, or fewer jobs at once"),
    ],
)
def test_what_ran_out_is_one_sentence_and_no_traceback(snakemake, capsys, error, sentence):
    with pytest.raises(SystemExit) as caught, running(snakemake):
        raise error
    assert caught.value.code == 1
    said = capsys.readouterr().err
    assert said.startswith(f"error: heads small: {sentence}")
    assert said.count("\n") == 1


def test_a_mistake_of_the_program_is_not_hidden(snakemake):
    with pytest.raises(ZeroDivisionError), running(snakemake):
        1 / 0  # noqa: B018
    assert "ZeroDivisionError" in Path("heads.log").read_text()


@pytest.mark.parametrize("when", ["before", "while"])
def test_code_that_is_edited_while_the_run_goes_on_makes_no_artifact(snakemake, capsys, when):
    script = Path("workflow/scripts/heads.py")
    snakemake.params.provenance["code"] = Reader(Path("code.json")).code(ROOT / script)
    module = "aip.album.heads"
    if when == "before":
        snakemake.params.provenance["code"][module] = "of another commit"

    def edit():
        assert when == "while"
        work()
        snakemake.params.provenance["code"][module] = "of another commit"

    with pytest.raises(SystemExit), running(snakemake):
        edit()
    said = capsys.readouterr().err
    assert f"the code was changed while the run went on: {module}; start the run again" in said
    assert not Path(".heads.json.sha256").exists()


def test_code_that_is_as_it_was_is_no_other(snakemake):
    code = Reader(Path("code.json")).code(ROOT / "workflow/scripts/heads.py")
    snakemake.params.provenance["code"] = code
    with running(snakemake):
        work()
