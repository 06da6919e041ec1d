"""Colours that a file describes by numbers: gamma and primaries, and codes of H.273."""

import struct

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from aip.album.photo import read_photo
from aip.errors import BadInput
from standins.colour import ADOBE, D65, P3, SRGB, power, shown, srgb_curve, srgb_decode
from standins.png import png

PIXELS = np.random.default_rng(0).integers(0, 256, (16, 20, 3), dtype=np.uint8)


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


def test_the_numbers_of_an_avif_count_as_those_of_a_heif(tmp_path):
    flat = np.full((64, 64, 3), [90, 170, 110], np.uint8)
    Image.fromarray(flat).save(tmp_path / "plain.avif", quality=95)
    plain = (tmp_path / "plain.avif").read_bytes()
    place = plain.index(b"colrnclx") + 8
    decoded = read_photo(tmp_path / "plain.avif")  # the codec rounds
    assert np.abs(decoded.astype(int) - flat).max() < 6

    def coded(primaries: int, curve: int) -> None:
        numbers = struct.pack(">HH", primaries, curve)
        (tmp_path / "a.avif").write_bytes(plain[:place] + numbers + plain[place + 4 :])

    coded(12, 13)
    assert np.abs(read_photo(tmp_path / "a.avif") - shown(decoded, P3, srgb_decode)).max() < 1
    coded(9, 16)
    with pytest.raises(BadInput, match="primaries 9 and transfer function 16"):
        read_photo(tmp_path / "a.avif")
