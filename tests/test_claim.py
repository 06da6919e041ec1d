import errno
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys

import pytest

from aip.claim import Claim

RUN = """
import sys
from pathlib import Path
from aip.claim import Claim

folder = Path(sys.argv[1])
claim = Claim(folder)
print("started", flush=True)
sys.stdin.readline()
(folder / "locks").mkdir(exist_ok=True)
(folder / "locks" / "0.input.lock").write_text("heads.h5")
print("locked", flush=True)
sys.stdin.readline()
claim.hold()
print("holds", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def other(tmp_path):
    """Another run, which goes on by a stage whenever it is told to."""
    run = subprocess.Popen(
        [sys.executable, "-c", RUN, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with run:
        assert run.stdout.readline() == "started\n"
        yield run
        run.kill()


def go_on(run) -> str:
    run.stdin.write("\n")
    run.stdin.flush()
    return run.stdout.readline()


def kill(run) -> None:
    run.send_signal(signal.SIGKILL)
    run.wait()


@pytest.mark.parametrize("stages", [["locked\n"], ["locked\n", "holds\n"]])
def test_a_lock_of_a_killed_run_is_removed(tmp_path, other, stages):
    assert [go_on(other) for _ in stages] == stages
    kill(other)
    assert list((tmp_path / "locks").iterdir())
    claim = Claim(tmp_path)
    assert list((tmp_path / "locks").iterdir()) == []
    assert claim.hold()


@pytest.mark.parametrize("stages", [["locked\n"], ["locked\n", "holds\n"]])
def test_a_lock_of_a_run_that_goes_on_stays(tmp_path, other, stages):
    assert [go_on(other) for _ in stages] == stages
    claim = Claim(tmp_path)
    assert [path.name for path in (tmp_path / "locks").iterdir()] == ["0.input.lock"]
    if stages[-1] == "holds\n":
        assert not claim.hold()


@pytest.mark.parametrize("stages", [["locked\n"], ["locked\n", "holds\n"]])
def test_a_lock_that_another_machine_made_stays(tmp_path, other, monkeypatch, stages):
    assert [go_on(other) for _ in stages] == stages
    kill(other)
    monkeypatch.setattr(socket, "gethostname", lambda: "elsewhere")
    for _ in range(2):
        Claim(tmp_path)
        assert [path.name for path in (tmp_path / "locks").iterdir()] == ["0.input.lock"]


def test_a_lock_stays_where_machines_do_not_see_each_others_claims(tmp_path, monkeypatch):
    here = Claim(tmp_path)
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks" / "0.input.lock").write_text("heads.h5\n")
    assert here.hold()
    with monkeypatch.context() as machine:
        machine.setattr(socket, "gethostname", lambda: "elsewhere")
        machine.setattr(fcntl, "flock", lambda *_: None)
        there = Claim(tmp_path)
        (tmp_path / "locks" / "1.input.lock").write_text("cell.h5\n")
        assert not there.hold()
    del here
    claim = Claim(tmp_path)
    assert [path.name for path in (tmp_path / "locks").iterdir()] == ["1.input.lock"]
    assert not claim.hold()


def test_locks_are_held_and_removed_on_nfs(tmp_path, other, monkeypatch):
    flock = fcntl.flock

    def as_nfs(file, kind):
        mode = fcntl.fcntl(file, fcntl.F_GETFL) & os.O_ACCMODE
        unfit = {fcntl.LOCK_EX: os.O_RDONLY, fcntl.LOCK_SH: os.O_WRONLY}
        if unfit.get(kind & ~fcntl.LOCK_NB) == mode:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        flock(file, kind)

    monkeypatch.setattr(fcntl, "flock", as_nfs)
    assert [go_on(other), go_on(other)] == ["locked\n", "holds\n"]
    kill(other)
    claim = Claim(tmp_path)
    assert list((tmp_path / "locks").iterdir()) == []
    (tmp_path / "locks" / "0.input.lock").write_text("heads.h5\n")
    assert claim.hold()


def test_a_lock_of_unknown_origin_stays(tmp_path):
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks" / "0.input.lock").touch()
    Claim(tmp_path)
    assert [path.name for path in (tmp_path / "locks").iterdir()] == ["0.input.lock"]


@pytest.mark.parametrize(
    "content",
    [b"", b'{"rule": "ce', b'{"rule": "\xa0ell"}', b'{"endtime": "x"}', b"[]"],
    ids=["empty", "truncated", "not UTF-8", "of another type", "of another shape"],
)
def test_what_a_damaged_record_is_of_counts_as_broken_off(tmp_path, content):
    records = tmp_path / "metadata"
    (records / "@long").mkdir(parents=True)
    (records / "d2hvbGU=").write_text('{"rule": "cell", "endtime": 1.5}')
    (records / "@long" / "c3BvaWx0").write_bytes(content)
    Claim(tmp_path)
    assert [path.name for path in records.rglob("*") if path.is_file()] == ["d2hvbGU="]
    marks = [path for path in (tmp_path / "incomplete").rglob("*") if path.is_file()]
    assert marks == [tmp_path / "incomplete" / "@long" / "c3BvaWx0"]
    assert json.loads(marks[0].read_text()) == {"external_jobid": None}


def test_no_record_is_looked_at_while_another_run_may_be_writing_it(tmp_path, other):
    go_on(other)
    go_on(other)
    (tmp_path / "metadata").mkdir()
    (tmp_path / "metadata" / "aGFsZg==").write_text('{"rule": "ce')
    Claim(tmp_path)
    assert (tmp_path / "metadata" / "aGFsZg==").exists()
