import errno
import os

import pytest

from aip.run.limits import ran_out
from aip.store.files import unwritable


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (MemoryError(), "memory ran out"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "memory ran out"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), "memory ran out"),
        (OSError(errno.EMFILE, ""), "Too many open files: the file handles of this process"),
        (OSError(errno.ENFILE, ""), "the file handles of this machine"),
        (RuntimeError("can't start new thread"), "no new process or thread"),
        (BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable"), "no new process"),
    ],
)
def test_what_ran_out_is_said(error, sentence):
    assert sentence in (ran_out(error) or "")


def test_other_errors_are_not_explained():
    assert ran_out(ValueError("can't allocate memory")) is None
    assert ran_out(OSError(errno.ENOENT, "No such file")) is None


@pytest.mark.parametrize(
    ("bytes_left", "inodes", "inodes_left", "expected"),
    [(9, 9, 0, "its inodes (df -i) ran out"), (0, 9, 9, "No space left"), (9, 0, 0, "No space")],
)
def test_a_full_disk_says_of_what(tmp_path, monkeypatch, bytes_left, inodes, inodes_left, expected):
    disk = os.statvfs_result((1, 1, 9, 9, bytes_left, inodes, inodes_left, inodes_left, 0, 255))
    monkeypatch.setattr(os, "statvfs", lambda _: disk)
    reason = unwritable(OSError(errno.ENOSPC, "No space left on device"), tmp_path)
    assert expected in (reason or "")
