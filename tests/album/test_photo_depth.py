"""Values of any number of bits, of either polarity, in planes or pixels."""

import struct

import numpy as np
import pytest
import tifffile

from aip.album.photo import read_photo
from aip.errors import BadInput
from standins.png import png

PIXELS = np.random.default_rng(0).integers(0, 256, (16, 20, 3), dtype=np.uint8)


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_grey_of_few_bits_is_spread_over_the_range(tmp_path, depth):
    most = 2**depth - 1
    values = np.arange(2**depth, dtype=np.uint8)[None].repeat(3, axis=0)
    expected = np.round(values / most * 255)[..., None].repeat(3, axis=2)
    png(tmp_path / "a", values, depth, kind=0)
    assert np.array_equal(read_photo(tmp_path / "a"), expected)
    png(tmp_path / "a", values, depth, kind=0, tRNS=struct.pack(">H", 1))
    expected[:, 1] = 255
    assert np.array_equal(read_photo(tmp_path / "a"), expected)


def test_the_transparent_value_of_16_bit_grey_is_white(tmp_path):
    values = np.array([[0, 300, 301, 65535]], np.uint16)
    png(tmp_path / "a", values, 16, kind=0, tRNS=struct.pack(">H", 300))
    assert read_photo(tmp_path / "a")[0, :, 0].tolist() == [0, 255, 1, 255]


def test_one_transparent_16_bit_colour_is_refused(tmp_path):
    png(tmp_path / "a", PIXELS.astype(np.uint16) * 257, 16, tRNS=struct.pack(">HHH", 1, 2, 3))
    with pytest.raises(BadInput, match="expected a transparency channel"):
        read_photo(tmp_path / "a")


@pytest.mark.parametrize(("dtype", "most"), [(np.uint8, 255), (np.uint16, 65535)])
def test_a_tiff_whose_zero_is_white_is_turned(tmp_path, dtype, most):
    values = np.linspace(0, most, 40).round().astype(dtype).reshape(5, 8)
    tifffile.imwrite(tmp_path / "a", values, photometric="miniswhite")
    expected = 255 - values / most * 255
    assert np.abs(read_photo(tmp_path / "a")[..., 0] - expected).max() <= 0.5


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_a_tiff_in_separate_planes_is_read_as_one(tmp_path, compression):
    planes = np.ascontiguousarray(PIXELS.transpose(2, 0, 1))
    options = {"photometric": "rgb", "planarconfig": "separate", "compression": compression}
    tifffile.imwrite(tmp_path / "a", planes, **options)
    assert np.array_equal(read_photo(tmp_path / "a"), PIXELS)
    tifffile.imwrite(tmp_path / "a", planes.astype(np.uint16) * 257, **options)
    with pytest.raises(BadInput, match="16 bits in separate planes"):
        read_photo(tmp_path / "a")


def test_grey_of_12_bits_is_scaled(tmp_path):
    values = np.arange(0, 4096, 65)[:62]
    packed = b"".join(
        int(a << 12 | b).to_bytes(3, "big") for a, b in zip(values[::2], values[1::2], strict=True)
    )
    (tmp_path / "a").write_bytes(tiff(62, 1, packed, bits=12))
    assert np.abs(read_photo(tmp_path / "a")[0, :, 0] - values / 4095 * 255).max() <= 0.5


def tiff(width: int, height: int, data: bytes, bits: int) -> bytes:
    """Return a grey TIFF of one strip."""
    tags = {256: width, 257: height, 258: bits, 259: 1, 262: 1, 273: 8, 277: 1, 278: height}
    tags |= {279: len(data)}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    directory = struct.pack("<H", len(tags)) + entries + bytes(4)
    data += bytes(len(data) % 2)
    return b"II*\0" + struct.pack("<I", 8 + len(data)) + data + directory


@pytest.mark.parametrize("most", [1, 15, 100, 1023, 4095])
@pytest.mark.parametrize("plain", [False, True])
def test_a_pgm_is_scaled_by_its_largest_value(tmp_path, most, plain):
    values = np.linspace(0, most, 12).round().astype(int).reshape(3, 4)
    header = f"P{2 if plain else 5}\n# a comment\n4 3\n{most}\n".encode()
    size = ">u2" if most > 255 else "u1"
    body = " ".join(map(str, values.ravel())).encode() if plain else values.astype(size).tobytes()
    (tmp_path / "a").write_bytes(header + body)
    expected = np.round(values / most * 255)
    assert np.abs(read_photo(tmp_path / "a")[..., 0] - expected).max() <= 1


def test_pbm_and_ppm_are_read(tmp_path):
    (tmp_path / "a").write_bytes(b"P4\n8 1\n\xf0")
    assert read_photo(tmp_path / "a")[0, :, 0].tolist() == [0] * 4 + [255] * 4
    (tmp_path / "a").write_bytes(b"P6 20 16 255\n" + PIXELS.tobytes())
    assert np.array_equal(read_photo(tmp_path / "a"), PIXELS)
