"""Colours as viewers show them: profiles, gamma and primaries, polarity and bit depth."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pillow_heif
import pytest
import tifffile
from PIL import Image, ImageCms

from aip.album.photo import read_photo
from aip.errors import BadInput

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (16, 20, 3), dtype=np.uint8)
SRGB = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
ADOBE = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
P3 = ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06))
D65, D50 = (0.3127, 0.3290), (0.34567, 0.35850)
BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)


def xyz(x: float, y: float) -> np.ndarray:
    return np.array([x / y, 1, (1 - x - y) / y])


def matrix(primaries, white=D65) -> np.ndarray:
    """Return the matrix from linear RGB to XYZ (Lindbloom)."""
    columns = np.column_stack([xyz(*p) for p in primaries])
    return columns * (np.linalg.inv(columns) @ xyz(*white))


def srgb_curve(linear: np.ndarray) -> np.ndarray:
    low = linear <= 0.0031308
    return np.where(low, 12.92 * linear, 1.055 * np.abs(linear) ** (1 / 2.4) - 0.055)


def shown(pixels: np.ndarray, primaries, decode) -> np.ndarray:
    """Return what sRGB values show the colours of pixels, as floats."""
    linear = decode(pixels / 255) @ (np.linalg.inv(matrix(SRGB)) @ matrix(primaries)).T
    return srgb_curve(linear.clip(0, 1)) * 255


def power(gamma: float):
    return lambda values: values**gamma


def s15(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def adapted() -> np.ndarray:
    """Return the matrix that adapts XYZ from D65 to D50 (Bradford)."""
    ratio = np.diag(BRADFORD @ xyz(*D50) / (BRADFORD @ xyz(*D65)))
    return np.linalg.inv(BRADFORD) @ ratio @ BRADFORD


def profile(space: bytes, gamma: float, primaries=None) -> bytes:
    """Return an ICC profile of a display: matrix and curves for RGB, a curve for grey."""
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    tags = {}
    if primaries is None:
        tags[b"kTRC"] = curve
    else:
        for name, column in zip(b"rgb", (adapted() @ matrix(primaries)).T, strict=True):
            tags[bytes([name]) + b"XYZ"] = place(column)
            tags[bytes([name]) + b"TRC"] = curve
    return packed(b"mntr", space, b"XYZ ", tags)


def place(values) -> bytes:
    return b"XYZ " + bytes(4) + b"".join(map(s15, values))


def packed(device: bytes, space: bytes, between: bytes, tags: dict[bytes, bytes]) -> bytes:
    """Return an ICC profile, version 2, with tags and those that every profile has."""
    tags = {
        b"wtpt": place(xyz(*D50)),
        b"desc": b"desc" + bytes(4) + struct.pack(">I", 1) + bytes(79),
        b"cprt": b"text" + bytes(8),
        **tags,
    }
    start, table, data = 128 + 4 + 12 * len(tags), b"", b""
    for name, content in tags.items():
        table += name + struct.pack(">II", start + len(data), len(content))
        data += content + bytes(-len(content) % 4)
    header = struct.pack(
        ">I4sI4s4s4s", start + len(data), b"lcms", 0x02100000, device, space, between
    )
    header += bytes(12) + b"acsp" + bytes(28) + b"".join(map(s15, xyz(*D50)))
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + data


def press() -> tuple[bytes, np.ndarray]:
    """Return a CMYK profile of a press with odd inks, and the sRGB values of its 16 full tones.

    In the order of C, M, Y, K as digits of a binary number. With black ink all is black: a lighter
    black would be moved to black, as the perceptual intent does.
    """
    inks = np.array([[n >> 3 & 1, n >> 2 & 1, n >> 1 & 1, n & 1] for n in range(16)])
    light = 100 - inks @ [20, 25, 5, 0]
    lab = np.column_stack([light, inks @ [25, -20, 0, 0], inks @ [0, 15, -30, 0]])
    lab[inks[:, 3] == 1] = 0
    code = np.column_stack([lab[:, 0] * 2.55, lab[:, 1:] + 128]).round().astype(np.uint8)
    ramp = bytes(range(256))
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + b"".join(map(s15, np.eye(3).ravel()))
    table += ramp * 4 + code.tobytes() + ramp * 3
    f = np.column_stack([lab[:, 0] + 16, lab[:, 1:]]) @ np.array(
        [[1 / 116, 1 / 116, 1 / 116], [1 / 500, 0, 0], [0, 0, -1 / 200]]
    )
    linear = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * xyz(*D50)
    linear = linear @ np.linalg.inv(adapted() @ matrix(SRGB)).T
    return packed(b"prtr", b"CMYK", b"Lab ", {b"A2B0": table}), srgb_curve(linear.clip(0, 1)) * 255


def saved(path, image: Image.Image, kind: str, **options):
    with path.open("wb") as file:
        image.save(file, kind, **options)
    return read_photo(path)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "JPEG"])
@pytest.mark.parametrize(("primaries", "gamma"), [(ADOBE, 2.19921875), (P3, 2.4), (SRGB, 1.8)])
def test_an_embedded_profile_is_converted_to_srgb(tmp_path, kind, primaries, gamma):
    options = {"WEBP": {"lossless": True}, "JPEG": {"quality": 100, "subsampling": 0}}.get(kind, {})
    image = Image.fromarray(PIXELS)
    plain = saved(tmp_path / "a", image, kind, **options)
    icc = profile(b"RGB ", gamma, primaries)
    found = saved(tmp_path / "b", image, kind, icc_profile=icc, **options)
    expected = shown(plain, primaries, power(gamma))
    # The darkest values are steep, where the reference and an 8-bit conversion may differ more.
    assert np.abs(found - expected).max() < 6
    assert np.abs(found - expected).mean() < 0.5
    assert np.abs(found.astype(int) - plain).max() > 15


def test_an_avif_and_a_heif_with_a_profile_are_converted(tmp_path):
    flat = np.full((64, 64, 3), [40, 200, 60], np.uint8)
    for kind in ("AVIF", "HEIF"):
        icc = profile(b"RGB ", 2.2, P3)
        found = saved(tmp_path / "a", Image.fromarray(flat), kind, quality=95, icc_profile=icc)
        assert np.abs(found - shown(flat, P3, power(2.2))).max() < 8


def test_a_grey_profile_is_converted_and_an_rgb_profile_of_a_grey_photo_too(tmp_path):
    ramp = Image.fromarray(np.tile(np.arange(256, dtype=np.uint8), (4, 1)))
    expected = srgb_curve((np.arange(256) / 255) ** 1.8) * 255
    for icc in (profile(b"GRAY", 1.8), profile(b"RGB ", 1.8, SRGB)):
        found = saved(tmp_path / "a", ramp, "PNG", icc_profile=icc)
        assert np.abs(found[0] - expected[:, None]).max() < 1.5
        assert np.ptp(found.astype(int), axis=2).max() <= 1


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_colours_are_converted_before_they_are_laid_on_white(tmp_path, mode):
    image = Image.fromarray(np.dstack([PIXELS, PIXELS[..., :1]])).convert(mode)
    icc = profile(b"RGB ", 1.8, SRGB)
    found = saved(tmp_path / "a", image, "PNG", icc_profile=icc)
    rgba = np.asarray(image.convert("RGBA")).astype(float)
    colour = srgb_curve((rgba[..., :3] / 255) ** 1.8) * 255
    alpha = rgba[..., 3:] / 255
    assert np.abs(found - (colour * alpha + 255 * (1 - alpha))).max() < 2


def test_the_profile_of_srgb_changes_nothing(tmp_path):
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = Image.fromarray(PIXELS)
    for mode in ("RGB", "RGBA", "L"):
        plain = saved(tmp_path / "a", image.convert(mode), "PNG")
        assert np.array_equal(
            saved(tmp_path / "b", image.convert(mode), "PNG", icc_profile=icc), plain
        )


@pytest.mark.parametrize(
    "icc",
    [
        b"no profile at all",
        profile(b"RGB ", 1.8, SRGB)[:200],
        profile(b"GRAY", 1.8),  # of another kind of pixels
        profile(b"RGB ", 1.8, SRGB).replace(b"acsp", b"xxxx"),
    ],
)
def test_a_profile_that_is_damaged_or_of_other_pixels_does_not_count(tmp_path, icc):
    image = Image.fromarray(PIXELS)
    assert np.array_equal(saved(tmp_path / "a", image, "PNG", icc_profile=icc), PIXELS)
    cmyk = image.convert("CMYK")
    plain = saved(tmp_path / "a", cmyk, "TIFF")
    assert np.array_equal(saved(tmp_path / "b", cmyk, "TIFF", icc_profile=icc), plain)


def test_a_jpeg_2000_has_its_profile(tmp_path):
    content = BytesIO()
    Image.fromarray(PIXELS).save(content, "JPEG2000", irreversible=False)
    icc = profile(b"RGB ", 1.8, SRGB)
    plain = content.getvalue()
    start = plain.index(b"colr") - 4
    length = int.from_bytes(plain[start : start + 4], "big")
    box = b"colr\x02\0\0" + icc
    box = struct.pack(">I", 4 + len(box)) + box
    grown = bytearray(plain[:start] + box + plain[start + length :])
    header = plain.index(b"jp2h") - 4
    size = int.from_bytes(plain[header : header + 4], "big") + len(box) - length
    grown[header : header + 4] = struct.pack(">I", size)
    (tmp_path / "plain").write_bytes(plain)
    (tmp_path / "a").write_bytes(grown)
    assert np.array_equal(read_photo(tmp_path / "plain"), PIXELS)
    expected = srgb_curve((PIXELS / 255) ** 1.8) * 255
    assert np.abs(read_photo(tmp_path / "a") - expected).max() < 2


def png(path, pixels: np.ndarray, depth: int = 8, kind: int = 2, **chunks: bytes) -> None:
    """Write a PNG with chunks before its pixels; samples are packed as the standard says."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    height, width = pixels.shape[:2]
    rows = b""
    for row in pixels.reshape(height, -1):
        if depth < 8:
            bits = "".join(f"{value:0{depth}b}" for value in row)
            bits = bits.ljust(-len(bits) % 8 + len(bits), "0")
            rows += b"\0" + int(bits, 2).to_bytes(len(bits) // 8, "big")
        else:
            rows += b"\0" + row.astype(">u2" if depth == 16 else "u1").tobytes()
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0))
        + b"".join(chunk(name.encode(), data) for name, data in chunks.items())
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def gama(value: float) -> bytes:
    return struct.pack(">I", round(value * 100000))


def chrm(primaries) -> bytes:
    return b"".join(struct.pack(">I", round(v * 100000)) for p in (D65, *primaries) for v in p)


def test_the_gamma_of_a_png_counts(tmp_path):
    png(tmp_path / "a", PIXELS, gAMA=gama(1 / 1.8))
    found = read_photo(tmp_path / "a")
    assert np.abs(found - srgb_curve((PIXELS / 255) ** 1.8) * 255).max() <= 0.51
    ramp = np.arange(256, dtype=np.uint8)[None]
    png(tmp_path / "a", ramp, kind=0, gAMA=gama(1.0))
    expected = srgb_curve(ramp[0] / 255) * 255
    assert np.abs(read_photo(tmp_path / "a")[0] - expected[:, None]).max() <= 0.51


def test_the_primaries_of_a_png_count(tmp_path):
    png(tmp_path / "a", PIXELS, gAMA=gama(1 / 2.2), cHRM=chrm(P3))
    assert np.abs(read_photo(tmp_path / "a") - shown(PIXELS, P3, srgb_decode)).max() <= 0.6
    png(tmp_path / "a", PIXELS, gAMA=gama(1 / 1.8), cHRM=chrm(ADOBE))
    assert np.abs(read_photo(tmp_path / "a") - shown(PIXELS, ADOBE, power(1.8))).max() <= 0.6


def srgb_decode(values: np.ndarray) -> np.ndarray:
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


@pytest.mark.parametrize(
    "chunks",
    [
        {"gAMA": gama(0.45455), "cHRM": chrm(SRGB)},
        {"sRGB": b"\0", "gAMA": gama(1.0), "cHRM": chrm(P3)},
        {"cICP": bytes([1, 13, 0, 1]), "gAMA": gama(1.0)},
        {"gAMA": gama(0)},
        {"cHRM": bytes(32)},
        {"cHRM": chrm([D65] * 3)},
    ],
)
def test_what_says_srgb_or_nothing_that_can_be_meant_changes_nothing(tmp_path, chunks):
    png(tmp_path / "a", PIXELS, **chunks)
    assert np.array_equal(read_photo(tmp_path / "a"), PIXELS)


def test_the_numbers_of_cicp_go_before_all(tmp_path):
    png(tmp_path / "a", PIXELS, cICP=bytes([12, 13, 0, 1]), sRGB=b"\0")
    assert np.abs(read_photo(tmp_path / "a") - shown(PIXELS, P3, srgb_decode)).max() <= 0.6
    png(tmp_path / "a", PIXELS, cICP=bytes([9, 16, 0, 1]))
    with pytest.raises(BadInput, match=r"primaries 9 and transfer function 16 of H\.273"):
        read_photo(tmp_path / "a")


def test_a_heif_of_high_dynamic_range_is_refused_and_one_of_p3_converted(tmp_path):
    flat = np.full((64, 64, 3), [40, 200, 60], np.uint8)
    image = pillow_heif.from_pillow(Image.fromarray(flat))
    image.save(tmp_path / "a", quality=95, color_primaries=12, transfer_characteristics=13)
    assert np.abs(read_photo(tmp_path / "a") - shown(flat, P3, srgb_decode)).max() < 8
    image.save(tmp_path / "a", quality=95, color_primaries=9, transfer_characteristics=16)
    with pytest.raises(BadInput, match="primaries 9 and transfer function 16"):
        read_photo(tmp_path / "a")


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


def test_a_cmyk_jpeg_is_shown_as_its_ink_says(tmp_path):
    ink = np.zeros((32, 32, 4), np.uint8)
    ink[:, 16:] = [0, 255, 255, 0]  # red
    found = saved(tmp_path / "a", Image.fromarray(ink, "CMYK"), "JPEG", quality=100)
    assert np.abs(found[4, 4].astype(int) - 255).max() < 6
    assert np.abs(found[4, -4].astype(int) - [255, 0, 0]).max() < 6


@pytest.mark.parametrize("kind", ["TIFF", "JPEG"])
def test_cmyk_is_shown_as_its_profile_says(tmp_path, kind):
    icc, expected = press()
    full = np.array([[n >> bit & 1 for bit in (3, 2, 1, 0)] for n in range(16)], np.uint8) * 255
    image = Image.fromarray(np.kron(full[None], np.ones((16, 16, 1), np.uint8)), "CMYK")
    options = {"quality": 100, "subsampling": 0} if kind == "JPEG" else {}
    found = saved(tmp_path / "a", image, kind, icc_profile=icc, **options)[8, 8::16]
    assert np.abs(found - expected).max() < 6
    plain = saved(tmp_path / "b", image, kind, **options)[8, 8::16]
    assert np.abs(found.astype(int) - plain).max() > 50


def test_a_cameras_raw_picture_is_refused_and_not_its_thumbnail_read(tmp_path):
    for options in ({"subfiletype": 1}, {"extratags": [(50706, 1, 4, (1, 4, 0, 0), True)]}):
        tifffile.imwrite(tmp_path / "a", PIXELS, photometric="rgb", **options)
        with pytest.raises(BadInput, match="a camera's raw picture"):
            read_photo(tmp_path / "a")


def test_lab_is_converted(tmp_path):
    lab = np.zeros((4, 4, 3), np.uint8)
    lab[..., 0] = [0, 128, 200, 255]
    found = saved(tmp_path / "a", Image.frombytes("LAB", (4, 4), lab.tobytes()), "TIFF")
    lightness = np.array([0, 128, 200, 255]) / 255 * 100
    f = (lightness + 16) / 116
    luminance = np.where(lightness > 8, f**3, lightness / 903.3)
    assert np.abs(found[0] - srgb_curve(luminance)[:, None] * 255).max() < 3
