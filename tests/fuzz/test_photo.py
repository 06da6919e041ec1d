"""Photos that are right come back right; those that are not leave nothing half written."""

import os
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image

from aip.album.heads import open_heads, write_heads
from aip.album.index import Instance
from aip.album.photo import read_photo, read_size
from fuzz.corpus import coded, damaged, picture
from fuzz.profiles import fuzzed
from fuzz.targets import attempt, only

sides = {"min_side": 1, "max_side": 12}


def exactly(pixels: np.ndarray, channels: int) -> np.ndarray:
    """Return what a reader must give of 8-bit pixels without loss, transparency on white."""
    colour = pixels[..., :3] if channels >= 3 else pixels[..., :1]
    colour = np.broadcast_to(colour, (*pixels.shape[:2], 3))
    if channels % 2:
        return colour
    alpha = pixels[..., -1:].astype(float) / 255
    return colour * alpha + 255 * (1 - alpha)


@fuzzed
@given(
    st.sampled_from(["L", "LA", "RGB", "RGBA"]).flatmap(
        lambda mode: st.tuples(
            st.just(mode),
            arrays(
                np.uint8,
                array_shapes(min_dims=2, max_dims=2, **sides).map(
                    lambda shape: (*shape, len(mode))
                ),
            ),
        )
    ),
    st.sampled_from(["PNG", "TIFF", "BMP"]),
    st.integers(1, 8),
)
def test_pixels_come_back_as_they_are(folder, drawn, kind, orientation):
    mode, pixels = drawn
    image = Image.fromarray(pixels[..., 0] if mode == "L" else pixels, mode)
    options = {}
    if kind == "BMP":
        image, mode, pixels = image.convert("RGB"), "RGB", np.asarray(image.convert("RGB"))
    else:
        exif = Image.Exif()
        exif[0x0112] = orientation
        options = {"exif": exif}
    (folder / "a.png").write_bytes(coded(image, kind, **options))
    expected = exactly(pixels, len(mode))
    if options:
        flipped = {2: np.fliplr, 3: lambda a: np.rot90(a, 2), 4: np.flipud}
        turned = {5: lambda a: a.transpose(1, 0, 2), 6: lambda a: np.rot90(a, -1)}
        turned |= {7: lambda a: np.rot90(a, 2).transpose(1, 0, 2), 8: np.rot90}
        expected = ({1: lambda a: a} | flipped | turned)[orientation](expected)
    found = read_photo(folder / "a.png")
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= (1 if len(mode) in (2, 4) else 0)
    assert read_size(folder / "a.png") == (expected.shape[1], expected.shape[0])


@fuzzed
@given(arrays(np.uint16, array_shapes(min_dims=2, max_dims=2, **sides)), st.sampled_from("ui"))
def test_16_bits_are_scaled_to_8(folder, values, kind):
    image = Image.fromarray(values.astype({"u": "u2", "i": "i4"}[kind]))
    (folder / "a.tif").write_bytes(coded(image, "TIFF"))
    found = read_photo(folder / "a.tif")
    assert np.abs(found - values[..., None] / 257).max() <= 0.5


@pytest.mark.parametrize("value", [-1, 65536, 2**31 - 1])
def test_values_beyond_16_bits_are_refused(folder, value):
    image = Image.fromarray(np.array([[0, value]], np.int32))
    (folder / "a.tif").write_bytes(coded(image, "TIFF"))
    assert attempt(lambda: read_photo(folder / "a.tif"), "expected 16 bits") is None


def test_floating_point_values_are_refused(folder):
    (folder / "a.tif").write_bytes(coded(picture("F"), "TIFF"))
    assert attempt(lambda: read_photo(folder / "a.tif"), "whose scale is not known") is None


def test_formats_that_no_photo_has_are_refused(folder):
    for kind in ("EPS", "PCX", "TGA", "SGI", "ICO", "PDF"):
        (folder / "a.jpg").write_bytes(coded(picture("RGB", 32, 32), kind))
        assert attempt(lambda: read_photo(folder / "a.jpg"), "a.jpg: not an image") is None


@fuzzed
@given(
    st.lists(damaged("photo"), min_size=1, max_size=3),
    st.tuples(*[st.integers(-4, 12)] * 2, *[st.integers(1, 12)] * 2),
    st.sampled_from([None, (8, 8)]),
)
def test_heads_are_all_there_or_none(folder, provenance, contents, box, size):
    for path in folder.iterdir():
        path.unlink()
    photos, names = [], [f"{number}.jpg" for number in range(len(contents))]
    for name, content in zip(names, contents, strict=True):
        (folder / name).write_bytes(content)
        photos.append(attempt(lambda name=name: read_photo(folder / name), name))
    index = [Instance("p", name, *box, name, "train", None) for name in names]

    def write() -> bool:
        write_heads(
            folder / "heads.h5",
            index,
            folder / "index.csv",
            lambda instance: folder / instance.photo,
            size,
            provenance(),
            lambda _: None,
        )
        return True

    written = attempt(write, *names, "index.csv")
    only(folder, *names, *(["heads.h5"] if written else []))
    if not written:
        return
    with open_heads(folder / "heads.h5") as heads:
        for number, photo in enumerate(photos):
            left, top, width, height = box
            inside = photo[max(top, 0) : top + height, max(left, 0) : left + width]
            found = heads.images[number]
            if size is None:
                assert np.array_equal(found, inside)
            else:
                assert found.shape == (*size, 3)


def png(width: int, height: int, depth: int, colour_type: int, channels: float) -> bytes:
    """Return a PNG, all black, that is a thousandth of its pixels' size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    size = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    coder = zlib.compressobj()
    row = bytes(1 + int(width * channels * depth / 8))
    data = b"".join(coder.compress(row) for _ in range(height)) + coder.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


MEASURE = """
import sys
from pathlib import Path
from aip.album.photo import read_photo
from aip.errors import BadInput
try:
    read_photo(Path(sys.argv[1]))
except BadInput as error:
    print(error)
print(*(line for line in open("/proc/self/status") if line.startswith("VmHWM")), end="")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of a process is read from /proc")
@pytest.mark.parametrize(
    ("width", "height", "refused"),
    [
        (11_000, 12_000, None),
        (12_000, 12_000, "12000 × 12000 pixels, expected at most 134,217,728"),
        (20_000, 20_000, "decompression bomb"),
    ],
)
def test_a_photo_that_unfolds_stays_in_memory(folder, width, height, refused):
    """In a process of its own, whose peak it is; RGBA takes the most."""
    (folder / "a.png").write_bytes(png(width, height if not refused else 1, 8, 6, 4))
    if refused:  # the pixels need not be there
        content = (folder / "a.png").read_bytes()
        header = b"IHDR" + struct.pack(">II", width, height) + content[24:29]
        header += struct.pack(">I", zlib.crc32(header))
        (folder / "a.png").write_bytes(content[:12] + header + content[33:])
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", MEASURE, folder / "a.png"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    *said, peak = done.stdout.splitlines()
    assert (refused in said[0]) if refused else not said
    assert int(peak.split()[1]) / 2**20 < (0.5 if refused else 3)
