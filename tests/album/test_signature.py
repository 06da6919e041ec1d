from io import BytesIO

import pillow_heif
import pytest
from PIL import Image

from aip.album.signature import ENDINGS, FORMATS, is_photo

pillow_heif.register_heif_opener()
TWO = {"save_all": True, "append_images": [Image.new("RGB", (8, 8), "red")]}
# By format and kind: how Pillow is asked for it.
SAVED = {
    "JPEG": {},
    "JPEG, progressive": {"progressive": True},
    "MPO": TWO,
    "PNG": {},
    "PNG, of two": TWO,
    "GIF": {},
    "GIF, of two": TWO,
    "WEBP": {},
    "WEBP, lossless": {"lossless": True},
    "BMP": {},
    "TIFF": {},
    "TIFF, big": {"big_tiff": True},
    "PPM": {},
    "JPEG2000": {},
    "JPEG2000, a stream": {"no_jp2": True},
    "AVIF": {},
    "AVIF, of two": TWO,
    "HEIF": {},
    "HEIF, of two": TWO,
}


def beginning(kind: str, options: dict) -> bytes:
    file = BytesIO()
    Image.new("RGB", (8, 8)).save(file, kind.partition(",")[0], **options)
    return file.getvalue()[:64]


@pytest.mark.parametrize("kind", SAVED)
def test_every_format_is_known_by_its_content(kind):
    assert is_photo(beginning(kind, SAVED[kind]))


def test_every_format_that_is_read_is_tried():
    assert {kind.partition(",")[0] for kind in SAVED} >= {*FORMATS}
    Image.init()
    endings = {ending for ending, kind in Image.EXTENSION.items() if kind in FORMATS}
    assert endings - ENDINGS == {".pfm"}  # of floating-point numbers


@pytest.mark.parametrize(
    "content",
    [
        b"GIF87a\x08\0\x08\0",
        b"GIF89a\x08\0\x08\0",
        b"P1\n# made by hand\n2 2\n1 0 0 1\n",
        b"P2 # 2\n2 2 255\n1 2 3 4\n",
        b"P5\n8 8\n255\n",
        b"MM\0*\0\0\0\x08",
        b"MM\0+\0\x08\0\0",
        b"\0\0\0\x20ftypmif1\0\0\0\0mif1heixmiaf",
        b"\0\0\0\x18ftypmsf1\0\0\0\0hevcmsf1",
        b"\0\0\0\x1cftypisom\0\0\0\0isomavifmiaf",  # only the third of its names says so
    ],
)
def test_kinds_that_pillow_does_not_write_are_known(content):
    assert is_photo(content.ljust(64, b"\0"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xd8",
        b"a text",
        b"BM is a text, too, of more than one line",
        b"P5 meets P6",
        b"P7\nWIDTH 8\n",
        b"RIFF\x24\0\0\0WAVEfmt ",
        b"\0\0\0\x14ftypqt  \0\0\0\0qt  ",  # a film
        b"\0\0\0\x18ftypmp42\0\0\0\0isommp42avif",  # the name stands behind the box
        b"\0\0\0\x18ftypcrx \0\0\0\1crx isom",  # a camera's raw picture
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
        b"%PDF-1.7\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"8BPS\0\1",
        b"\0\0\1\0\1\0",  # an icon
    ],
)
def test_what_is_no_photo_is_told(content):
    assert not is_photo(content[:64])
