import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from aip.album.photo import read_photo, read_size
from aip.errors import BadInput

RAMP = np.linspace(0, 65535, 256).round().astype(np.uint16)  # 0, 257, 514 …


def block(colours, side: int = 16) -> np.ndarray:
    """Return an image of 2×2 blocks of flat colour, which JPEG keeps nearly as they are."""
    return np.kron(np.array(colours, np.uint8), np.ones((side, side, 1), np.uint8))


UPRIGHT = block([[[250, 20, 20], [20, 250, 20]], [[20, 20, 250], [240, 240, 240]]])
# EXIF orientation → how the stored pixels are turned so that a reader's turn makes them upright.
STORED = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, 1),
    7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
    8: lambda a: np.rot90(a, -1),
}


@pytest.mark.parametrize("ending", ["jpg", "tif", "png", "webp", "avif", "heic"])
@pytest.mark.parametrize("orientation", STORED)
def test_a_photo_is_upright_whatever_its_exif_orientation(tmp_path, orientation, ending):
    path = tmp_path / f"a.{ending}"
    wide = np.concatenate([UPRIGHT, UPRIGHT[:, :16]], axis=1)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = np.ascontiguousarray(STORED[orientation](wide))
    Image.fromarray(stored).save(path, quality=95, exif=exif.tobytes())
    found = read_photo(path)
    assert found.shape == wide.shape
    assert read_size(path) == (wide.shape[1], wide.shape[0])
    centres = (slice(8, None, 16), slice(8, None, 16))
    assert np.abs(found[centres].astype(int) - wide[centres]).max() < 12


def entry(tag: int, kind: int, count: int, value: int) -> bytes:
    return struct.pack("<HHII", tag, kind, count, value)


@pytest.mark.parametrize("ending", ["jpg", "png", "webp"])
@pytest.mark.parametrize(
    ("before", "upright"),
    [
        ([entry(0x10F, 2, 1000, 9000)], True),  # a text beyond the end
        ([entry(0x10F, 99, 1, 1)], True),  # of no known type
        ([entry(0x11A, 5, 1, 9999)], True),  # a resolution beyond the end, which ends Pillow's look
        ([entry(0x8769, 4, 1, 8)], True),  # a directory that is this one
        (None, False),
    ],
)
def test_the_orientation_counts_whatever_else_the_exif_says(tmp_path, ending, before, upright):
    path = tmp_path / f"a.{ending}"
    exif = b"Exif\0\0garbage that is no directory"
    if before is not None:
        entries = [*before, entry(0x112, 3, 1, 6)]
        exif = b"Exif\0\0II*\0" + struct.pack("<IH", 8, len(entries)) + b"".join(entries)
    Image.fromarray(UPRIGHT[:16]).save(path, exif=exif)
    assert read_photo(path).shape == ((32, 16, 3) if upright else (16, 32, 3))
    assert read_size(path) == ((16, 32) if upright else (32, 16))


@pytest.mark.parametrize("kind", ["GIF", "PNG", "TIFF", "WEBP", "AVIF", "MPO"])
def test_of_several_pictures_the_first_is_read(tmp_path, kind):
    first, second = (Image.new("RGB", (16, 16), colour) for colour in ("#c81e1e", "#1e1ec8"))
    with (tmp_path / "a").open("w+b") as file:
        first.save(file, kind, save_all=True, append_images=[second])
    assert np.abs(read_photo(tmp_path / "a").astype(int) - [200, 30, 30]).max() < 8


def test_rgb_is_read_exactly(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (7, 9, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    found = read_photo(tmp_path / "a.png")
    assert np.array_equal(found, pixels)
    assert found.dtype == np.uint8


@pytest.mark.parametrize("ending", ["png", "jpg", "bmp", "tif", "webp"])
def test_grey_becomes_rgb_with_equal_channels(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    Image.fromarray(UPRIGHT[..., 1]).save(path, **({"lossless": True} if ending == "webp" else {}))
    found = read_photo(path).astype(int)
    assert np.abs(found - UPRIGHT[..., 1:2]).max() <= (0 if ending != "jpg" else 12)
    assert np.ptp(found, axis=2).max() == 0


def test_black_and_white_becomes_0_and_255(tmp_path):
    Image.fromarray(UPRIGHT[..., 0] > 128).save(tmp_path / "a.png")
    expected = np.where(UPRIGHT[..., :1] > 128, 255, 0).repeat(3, axis=2)
    assert np.array_equal(read_photo(tmp_path / "a.png"), expected)


def test_a_cmyk_jpeg_becomes_rgb(tmp_path):
    ink = block([[[0, 255, 255, 0], [255, 0, 255, 0]], [[255, 255, 0, 0], [0, 0, 0, 0]]])
    Image.fromarray(ink, "CMYK").save(tmp_path / "a.jpg", quality=95)
    expected = [[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [255, 255, 255]]]
    found = read_photo(tmp_path / "a.jpg")[8::16, 8::16].astype(int)
    assert np.abs(found - expected).max() < 20


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_a_16_bit_grey_ramp_is_scaled_not_clipped(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    Image.fromarray(np.tile(RAMP, (4, 1))).save(path)
    found = read_photo(path)
    assert found.shape == (4, 256, 3)
    assert np.array_equal(found, np.tile(np.arange(256)[None, :, None], (4, 1, 3)))


@pytest.mark.parametrize("mode", ["L", "CMYK", "RGBA"])
def test_a_tiff_on_its_side_is_not_scrambled(tmp_path, mode):
    stored = Image.fromarray(UPRIGHT[:16]).convert(mode)
    exif = Image.Exif()
    exif[0x0112] = 6
    stored.save(tmp_path / "a.tif", exif=exif)
    expected = np.rot90(np.asarray(stored.convert("RGB")), -1)
    assert np.array_equal(read_photo(tmp_path / "a.tif"), expected)


def png(path, pixels: np.ndarray, colour_type: int) -> None:
    """Write a 16-bit PNG as the standard says; Pillow writes no 16-bit colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    height, width = pixels.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def test_a_16_bit_rgb_ramp_is_scaled_not_clipped(tmp_path):
    pixels = np.stack([RAMP, RAMP[::-1], np.full_like(RAMP, 65535)], axis=1)[None]
    png(tmp_path / "a.png", pixels, 2)
    found = read_photo(tmp_path / "a.png")
    assert found.shape == (1, 256, 3)
    assert np.abs(found - pixels / 257).max() <= 1


def test_16_bit_transparency_is_laid_on_white(tmp_path):
    clear, solid = [0, 0, 65535, 0], [0, 0, 65535, 65535]
    png(tmp_path / "a.png", np.array([[clear, solid]], np.uint16), 6)
    assert read_photo(tmp_path / "a.png").tolist() == [[[255, 255, 255], [0, 0, 255]]]


def test_transparency_is_laid_on_white(tmp_path):
    alpha = np.tile(np.array([0, 51, 255], np.uint8), (2, 1))
    rgba = np.dstack([np.full((2, 3, 3), [200, 100, 0], np.uint8), alpha])
    Image.fromarray(rgba).save(tmp_path / "a.png")
    weight = alpha[..., None] / 255
    expected = weight * [200, 100, 0] + (1 - weight) * 255
    assert np.abs(read_photo(tmp_path / "a.png") - expected).max() <= 1


def test_transparent_grey_is_laid_on_white(tmp_path):
    la = np.array([[[40, 0], [40, 255], [40, 128]]], np.uint8)
    Image.fromarray(la, "LA").save(tmp_path / "a.png")
    found = read_photo(tmp_path / "a.png")
    assert found[0, :2].tolist() == [[255] * 3, [40] * 3]
    assert np.abs(found[0, 2] - (255 - 215 * 128 / 255)).max() <= 1


def test_a_transparent_palette_colour_is_white(tmp_path):
    paletted = Image.new("P", (2, 1))
    paletted.putpalette([10, 20, 30, 40, 50, 60])
    paletted.putdata([0, 1])
    paletted.save(tmp_path / "a.png", transparency=0)
    paletted.save(tmp_path / "b.png")
    assert read_photo(tmp_path / "a.png").tolist() == [[[255, 255, 255], [40, 50, 60]]]
    assert read_photo(tmp_path / "b.png").tolist() == [[[10, 20, 30], [40, 50, 60]]]


def test_the_transparent_colour_of_an_rgb_png_is_white(tmp_path):
    pixels = np.array([[[9, 9, 9], [9, 9, 8]]], np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png", transparency=(9, 9, 9))
    assert read_photo(tmp_path / "a.png").tolist() == [[[255, 255, 255], [9, 9, 8]]]


@pytest.mark.parametrize(
    ("name", "spoil", "found"),
    [
        ("a.jpg", lambda path: path.unlink(), "the photo is missing"),
        ("a.jpg", lambda path: path.write_bytes(b""), r"empty \(0 bytes\)"),
        ("a.jpg", lambda path: path.write_text("a text, not a photo"), "not an image"),
        ("a.jpg", lambda path: path.write_bytes(path.read_bytes()[:-60]), "cannot be decoded"),
        ("a.jpg", lambda path: path.write_bytes(path.read_bytes()[:300]), "cannot be decoded"),
        ("a.png", lambda path: path.write_bytes(path.read_bytes()[:-30]), "cannot be decoded"),
        ("a.jpg", lambda path: (path.unlink(), path.mkdir()), "cannot be decoded"),
    ],
)
def test_a_photo_that_cannot_be_read_is_named(tmp_path, name, spoil, found):
    path = tmp_path / name
    noise = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    spoil(path)
    with pytest.raises(BadInput, match=found) as caught:
        read_photo(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_a_heif_that_is_cut_to_another_size_than_it_says_is_refused(tmp_path):
    Image.new("RGB", (9, 7)).save(tmp_path / "a.heic", "HEIF")
    content = (tmp_path / "a.heic").read_bytes()
    place = content.index(b"clap") + 20  # of the crop's offset, which now lies far outside
    (tmp_path / "b.heic").write_bytes(content[:place] + b"\xfe" + content[place + 1 :])
    assert read_photo(tmp_path / "a.heic").shape == (7, 9, 3)
    with pytest.raises(BadInput, match="pixels, where the file says"):
        read_photo(tmp_path / "b.heic")


@pytest.mark.parametrize("ending", ["png", "jpg", "webp"])
def test_a_size_is_width_and_height(tmp_path, ending):
    Image.new("RGB", (70, 50)).save(tmp_path / f"a.{ending}")
    assert read_size(tmp_path / f"a.{ending}") == (70, 50)


def test_the_size_of_a_jpeg_needs_no_pixels(tmp_path):
    path = tmp_path / "a.jpg"
    noise = np.random.default_rng(0).integers(0, 256, (50, 70, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:1000])
    assert read_size(path) == (70, 50)


def test_a_size_that_cannot_be_read_is_named(tmp_path):
    for content, reason in ((None, "missing"), (b"", "empty"), (b"a text", "not an image")):
        path = tmp_path / "a.jpg"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(BadInput, match=rf"a\.jpg: .*{reason}"):
            read_size(path)
