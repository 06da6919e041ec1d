"""JPEGs cut short: whole where only the end mark is missing, else refused."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from aip.album.photo import read_photo
from aip.errors import BadInput

SMALL = np.random.default_rng(0).integers(60, 200, (6, 5, 3), dtype=np.uint8)
PIXELS = np.asarray(Image.fromarray(SMALL).resize((28, 24), Image.Resampling.BICUBIC))


def jpeg(mode: str = "RGB", **options: object) -> bytes:
    file = BytesIO()
    Image.fromarray(PIXELS).convert(mode).save(file, "JPEG", quality=90, **options)
    return file.getvalue()


KINDS = {
    "baseline": jpeg(),
    "grey": jpeg("L"),
    "cmyk": jpeg("CMYK"),
    "fine": jpeg(subsampling=0),
    "optimised": jpeg(optimize=True),
    "progressive": jpeg(progressive=True),
    "restarts": jpeg(restart_marker_blocks=2),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_jpeg_without_end_mark_equals_the_complete_one(tmp_path, kind):
    path = tmp_path / "a.jpg"
    path.write_bytes(KINDS[kind])
    whole = read_photo(path)
    for end in (b"", b"\xff"):
        path.write_bytes(KINDS[kind][:-2] + end)
        assert np.array_equal(read_photo(path), whole)


@pytest.mark.parametrize("kind", KINDS)
def test_a_jpeg_that_lacks_more_is_refused_wherever_it_is_cut(tmp_path, kind):
    path = tmp_path / "a.jpg"
    path.write_bytes(KINDS[kind])
    whole = read_photo(path)
    for cut in range(3, len(KINDS[kind]) - 20):
        path.write_bytes(KINDS[kind][:-cut])
        try:
            assert np.array_equal(read_photo(path), whole)  # it lacked the filling of its last byte
        except BadInput:
            continue
        assert cut == 3


@pytest.mark.parametrize("kind", ["baseline", "grey", "fine", "optimised", "restarts"])
def test_a_jpeg_that_lacks_pixels_before_its_end_mark_is_refused(tmp_path, kind):
    for part in (6, 8):
        end = len(KINDS[kind]) - 2 - len(KINDS[kind]) // part
        (tmp_path / "a.jpg").write_bytes(KINDS[kind][:end] + b"\xff\xd9")
        with pytest.raises(BadInput, match="its pixels end before the image does"):
            read_photo(tmp_path / "a.jpg")


def test_a_progressive_jpeg_that_lacks_whole_scans_is_refused(tmp_path):
    content = KINDS["progressive"]
    starts = [n for n in range(len(content)) if content[n : n + 2] == b"\xff\xda"]
    assert len(starts) > 4
    for start in starts[1:]:
        (tmp_path / "a.jpg").write_bytes(content[:start])
        with pytest.raises(BadInput, match="cannot be decoded"):
            read_photo(tmp_path / "a.jpg")


def test_a_photo_whose_last_pixel_is_mid_grey_is_read(tmp_path):
    for mode in ("L", "RGB"):
        Image.new("RGB", (40, 40), (128, 128, 128)).convert(mode).save(tmp_path / "a.jpg")
        assert (read_photo(tmp_path / "a.jpg") == 128).all()
