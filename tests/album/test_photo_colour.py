"""Colours as viewers show them: ICC profiles, inks and Lab."""

import struct
from io import BytesIO

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from aip.album.photo import read_photo
from aip.errors import BadInput
from standins.colour import ADOBE, P3, SRGB, power, press, profile, shown, srgb_curve

PIXELS = np.random.default_rng(0).integers(0, 256, (16, 20, 3), dtype=np.uint8)


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


def test_a_cmyk_jpeg_is_shown_as_its_ink_says(tmp_path):
    ink = np.zeros((32, 32, 4), np.uint8)
    ink[:, 16:] = [0, 255, 255, 0]  # red
    found = saved(tmp_path / "a", Image.fromarray(ink, "CMYK"), "JPEG", quality=100)
    assert np.abs(found[4, 4].astype(int) - 255).max() < 6
    assert np.abs(found[4, -4].astype(int) - [255, 0, 0]).max() < 6


def test_a_jpeg_of_ycck_is_shown_as_the_same_of_cmyk(tmp_path):
    across, down = np.meshgrid(np.arange(32) * 8, np.arange(32) * 8)
    ink = np.stack([across, down, 255 - across, down // 4], axis=-1).astype(np.uint8)
    image, options = Image.fromarray(ink, "CMYK"), {"quality": 100, "subsampling": 0}
    expected = saved(tmp_path / "cmyk", image, "JPEG", **options)
    # Adobe's marker says how the samples are coded; libjpeg gives 255 - RGB for the inks of YCCK.
    samples = np.asarray(Image.fromarray(ink[..., :3]).convert("YCbCr"))
    turned = Image.fromarray(np.dstack([255 - samples, ink[..., 3]]), "CMYK")
    saved(tmp_path / "ycck", turned, "JPEG", **options)
    content = bytearray((tmp_path / "ycck").read_bytes())
    transform = content.index(b"Adobe") + 11
    assert content[transform] == 0
    content[transform] = 2
    (tmp_path / "ycck").write_bytes(content)
    assert np.abs(read_photo(tmp_path / "ycck").astype(int) - expected).max() < 6


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
