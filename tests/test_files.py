import errno
import os
import re
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from PIL import Image

from aip.errors import BadInput
from aip.files import alone, sweep, whole, whole_folder


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


def test_what_a_killed_process_left_is_swept_away(tmp_path):
    path = tmp_path / "new" / "a.txt"
    with whole(path) as beside:
        beside.write_text("new")
    beside.write_text("left by a killed process")
    sweep(tmp_path)
    assert path.read_text() == "new"
    assert names(path.parent) == ["a.txt"]


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


def test_a_folder_starts_empty_after_a_killed_process(tmp_path):
    path = tmp_path / "photos"
    with whole_folder(path) as beside:
        leftover = beside
    leftover.mkdir()
    (leftover / "half").touch()
    with whole_folder(path) as beside:
        assert names(beside) == []


def test_whoever_is_alone_in_a_folder_keeps_others_waiting(tmp_path):
    """Six processes that would each lose the others' counts, if they were there together."""
    code = (
        "import sys, time; from pathlib import Path; from aip.files import alone\n"
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
