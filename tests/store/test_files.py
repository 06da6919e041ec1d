import errno
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from PIL import Image

from aip.errors import BadInput
from aip.store.files import alone, whole, whole_folder
from aip.store.partial import sweep


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_under_its_name_only_when_the_block_ends(tmp_path):
    path = tmp_path / "new" / "a.txt"
    with whole(path) as beside:
        beside.write_text("whole")
        assert not path.exists()
        assert beside.parent == path.parent  # a rename within one file system
    assert path.read_text() == "whole"
    assert names(path.parent) == ["a.txt"]


@pytest.fixture
def flushed(tmp_path, monkeypatch):
    """Return the inodes that the disk was told to hold while "final" was not there."""
    found = set()

    def fsync(descriptor):
        if not (tmp_path / "final").exists():
            found.add(os.fstat(descriptor).st_ino)

    monkeypatch.setattr(os, "fsync", fsync)
    return found


def test_the_disk_holds_a_file_before_it_has_its_name(tmp_path, flushed):
    with whole(tmp_path / "final") as beside:
        beside.write_text("whole")
    assert flushed == {(tmp_path / "final").stat().st_ino}


def test_the_disk_holds_a_folder_and_all_in_it_before_it_has_its_name(tmp_path, flushed):
    with whole_folder(tmp_path / "final") as beside:
        (beside / "below").mkdir()
        (beside / "below" / "a").write_text("a")
    made = [tmp_path / "final", *(tmp_path / "final").rglob("*")]
    assert flushed == {path.stat().st_ino for path in made}
    assert len(made) == 3


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_exception_leaves_the_old_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(error), whole(path) as beside:  # noqa: PT012
        beside.write_text("half")
        raise error
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_a_block_that_writes_nothing_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(FileNotFoundError), whole(path):
        pass
    assert path.read_text() == "old"


def test_two_who_write_the_same_file_do_not_meet(tmp_path):
    path = tmp_path / "a.txt"
    with whole(path) as one, whole(path) as other:
        one.write_text("one")
        other.write_text("other")
    assert path.read_text() == "one"
    assert names(tmp_path) == ["a.txt"]


@pytest.fixture
def begin():
    """Start a process that begins to write a file or a folder; it never ends: begin(how, path)."""
    begun = []

    def start(how: str, path: Path) -> subprocess.Popen:
        code = (
            "import sys, time; from pathlib import Path; import aip.store.files\n"
            f"with aip.store.files.{how}(Path(sys.argv[1])) as beside:\n"
            "    (beside / 'half' if beside.is_dir() else beside).write_text('half')\n"
            "    print('begun', flush=True)\n"
            "    time.sleep(600)\n"
        )
        command = [sys.executable, "-c", code, str(path)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        begun.append(process)
        assert process.stdout.readline() == "begun\n"
        return process

    yield start
    for process in begun:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("how", ["whole", "whole_folder"])
def test_what_a_killed_process_left_is_swept_away_and_what_a_living_one_writes_is_not(
    tmp_path, begin, how
):
    path = tmp_path / "new" / "a"
    process = begin(how, path)
    (beside,) = path.parent.iterdir()
    sweep(tmp_path)
    assert names(path.parent) == [beside.name]
    last_week = time.time() - 700_000
    os.utime(beside, (last_week, last_week))
    sweep(tmp_path)
    assert names(path.parent) == [beside.name]
    process.kill()
    process.wait()
    path.write_text("new")
    sweep(tmp_path)
    assert names(path.parent) == ["a"]


def test_what_another_machine_writes_is_swept_away_a_day_after(tmp_path, begin, monkeypatch):
    process = begin("whole", tmp_path / "a.txt")
    (beside,) = tmp_path.iterdir()
    monkeypatch.setattr(socket, "gethostname", lambda: "another")
    process.kill()
    process.wait()
    sweep(tmp_path)
    assert names(tmp_path) == [beside.name]
    yesterday = time.time() - 100_000
    os.utime(beside, (yesterday, yesterday))
    sweep(tmp_path)
    assert names(tmp_path) == []


def test_what_names_nobody_who_writes_it_is_swept_away(tmp_path):
    (tmp_path / ".photos.partial").mkdir()
    (tmp_path / ".photos.partial" / "half").touch()
    (tmp_path / ".a.txt.partial").touch()
    sweep(tmp_path)
    assert names(tmp_path) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EDQUOT])
def test_where_nothing_can_be_written_that_is_said(tmp_path, number):
    path = tmp_path / "a.txt"
    said = re.escape(f"{path}: cannot be written: {os.strerror(number)}")
    with pytest.raises(BadInput, match=said), whole(path):
        raise OSError(number, os.strerror(number))
    assert names(tmp_path) == []


def test_another_error_is_left_as_it_is(tmp_path):
    with pytest.raises(OSError, match="why"), whole(tmp_path / "a.txt"):
        raise OSError(errno.EIO, "why")


@pytest.fixture
def full_disk(tmp_path):
    """A disk with 64 KiB to spare."""
    disk = tmp_path / "disk"
    disk.mkdir()
    options = ["-t", "tmpfs", "-o", "size=64k", "aip-tests", str(disk)]
    if subprocess.run(["mount", *options], capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here: that takes root")
    yield disk
    subprocess.run(["umount", disk], check=True)


def _numbers(path):
    with h5py.File(path, "w") as file:
        file["numbers"] = np.arange(100_000)


def _net(path):
    torch.save({"weight": torch.zeros(100_000)}, path)


def _picture(path):
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)).save(
        path, format="png"
    )


@pytest.mark.parametrize(
    "write", [_numbers, _net, _picture, lambda path: path.write_bytes(b"0" * 100_000)]
)
def test_a_full_disk_is_said_whoever_writes(full_disk, write):
    path = full_disk / "artifact"
    with pytest.raises(BadInput, match="cannot be written: No space left"), whole(path) as beside:
        write(beside)
    assert names(full_disk) == []


def test_a_whole_folder_takes_the_place_of_the_old_one(tmp_path):
    path = tmp_path / "photos"
    path.mkdir()
    (path / "old").touch()
    with whole_folder(path) as beside:
        (beside / "new").touch()
        assert names(path) == ["old"]
    assert names(path) == ["new"]
    assert names(tmp_path) == ["photos"]


def test_an_exception_leaves_the_old_folder_and_nothing_else(tmp_path):
    path = tmp_path / "photos"
    path.mkdir()
    (path / "old").touch()
    with pytest.raises(ValueError), whole_folder(path) as beside:  # noqa: PT012
        (beside / "new").touch()
        raise ValueError
    assert names(path) == ["old"]
    assert names(tmp_path) == ["photos"]


def test_a_folder_starts_empty_after_a_killed_process_and_clears_what_it_left(tmp_path, begin):
    path = tmp_path / "photos"
    process = begin("whole_folder", path)
    process.kill()
    process.wait()
    with whole_folder(path) as beside:
        assert names(beside) == []
        assert names(tmp_path) == [beside.name]


@pytest.mark.parametrize("first", ["one", "other"])
def test_two_who_fill_the_same_folder_do_not_meet(tmp_path, first):
    """A job whose Snakemake was killed, and the one that the next run starts."""
    path = tmp_path / "photos"
    one, other = whole_folder(path), whole_folder(path)
    fill = {"one": one.__enter__(), "other": other.__enter__()}
    assert fill["one"] != fill["other"]
    for number in range(3):
        for beside in fill.values():
            (beside / f"{number}.jpg").write_text(str(number))
    ends = [one, other] if first == "one" else [other, one]
    ends[0].__exit__(None, None, None)
    (path / ".snakemake_timestamp").touch()
    found = path.stat().st_ino
    with (path / "0.jpg").open() as read:
        ends[1].__exit__(None, None, None)
        assert read.read() == "0"
    assert path.stat().st_ino == found  # never gone, not for a moment
    assert names(path) == [".snakemake_timestamp", "0.jpg", "1.jpg", "2.jpg"]
    assert names(tmp_path) == ["photos"]


def test_one_who_fails_leaves_the_folder_that_another_fills(tmp_path):
    path = tmp_path / "photos"
    with whole_folder(path) as beside:
        with pytest.raises(ValueError), whole_folder(path) as half:  # noqa: PT012
            (half / "half").touch()
            raise ValueError
        (beside / "new").touch()
    assert names(path) == ["new"]
    assert names(tmp_path) == ["photos"]


def test_the_same_names_with_other_content_take_the_place_of_the_old_ones(tmp_path):
    path = tmp_path / "photos"
    for content in ("old", "new"):
        with whole_folder(path) as beside:
            (beside / "a").write_text(content)
    assert (path / "a").read_text() == "new"
    assert names(tmp_path) == ["photos"]


def test_a_folder_that_appears_when_another_is_about_to_take_its_place_is_replaced(
    tmp_path, monkeypatch
):
    path = tmp_path / "photos"
    rename, renamed = Path.rename, []

    def late(self, target):
        if self == beside and beside not in renamed:
            path.mkdir()
            (path / "old").touch()
        renamed.append(self)
        return rename(self, target)

    with whole_folder(path) as beside:
        (beside / "new").touch()
        monkeypatch.setattr(Path, "rename", late)
    assert renamed.count(beside) == 2
    assert names(path) == ["new"]
    assert names(tmp_path) == ["photos"]


def test_whoever_is_alone_in_a_folder_keeps_others_waiting(tmp_path):
    """Six processes that would each lose the others' counts, if they were there together."""
    code = (
        "import sys, time; from pathlib import Path; from aip.store.files import alone\n"
        "folder = Path(sys.argv[1])\n"
        "for _ in range(5):\n"
        "    with alone(folder):\n"
        "        count = int((folder / 'count').read_text())\n"
        "        time.sleep(0.005)\n"
        "        (folder / 'count').write_text(str(count + 1))\n"
    )
    (tmp_path / "count").write_text("0")
    command = [sys.executable, "-c", code, str(tmp_path)]
    runs = [subprocess.Popen(command) for _ in range(6)]
    assert [run.wait(60) for run in runs] == [0] * 6
    assert (tmp_path / "count").read_text() == "30"
    assert [path.name for path in tmp_path.iterdir()] == ["count"]


def test_an_error_leaves_the_folder_to_others(tmp_path):
    with pytest.raises(OSError, match="why"), alone(tmp_path):
        raise OSError("why")
    with alone(tmp_path):
        pass
