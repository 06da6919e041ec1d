import io
import os
import struct
from pathlib import Path

import numpy as np
import pytest

from aip.errors import BadInput
from aip.recognise.nets.mean import LARGEST, read_mean


def declared(header: str) -> bytes:
    """Return a file of numpy.save that says what it holds, and holds nothing."""
    text = header.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def of(shape: str) -> bytes:
    return declared(f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}")


def archive() -> bytes:
    file = io.BytesIO()
    np.savez(file, mean=np.zeros(3))
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        of("(3, 60000, 60000)"),
        of("(3, 4611686018427387904, 4611686018427387904)"),
        of("(3, -1, 2)"),
        declared("__import__('os').mkdir('made')"),
        declared("(" * 5000),
        archive(),
        b"\x80\x04.",
    ],
)
def test_a_file_that_says_what_it_does_not_hold_is_refused(tmp_path, monkeypatch, content):
    monkeypatch.chdir(tmp_path)
    Path("mean.npy").write_bytes(content)
    with pytest.raises(BadInput, match=r"mean\.npy: not an array of numbers of numpy\.save"):
        read_mean(Path("mean.npy"))
    assert [path.name for path in tmp_path.iterdir()] == ["mean.npy"]


def test_a_file_that_is_larger_than_any_mean_is_not_read(tmp_path):
    path = tmp_path / "mean.npy"
    path.write_bytes(of(f"(3, {LARGEST // 12}, 1)"))
    os.truncate(path, LARGEST + 200)
    with pytest.raises(BadInput, match=r"a mean of numpy\.save has 268,435,656 bytes, expected at"):
        read_mean(path)


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_a_folder_or_a_pipe_in_its_place_is_named(tmp_path, make):
    make(tmp_path / "mean.npy")
    with pytest.raises(BadInput, match=r"mean\.npy: found (a folder|no plain file), expected a"):
        read_mean(tmp_path / "mean.npy")
