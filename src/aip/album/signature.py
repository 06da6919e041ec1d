"""Which files are photos: their first bytes say so, whatever their names are."""

import re
from collections.abc import Callable
from functools import partial

# Formats that cameras, phones and the classic face sets have. Not all that Pillow reads: some
# formats run programs, such as EPS, or hold no photos.
FORMATS = (
    "JPEG",
    "PNG",
    "GIF",
    "WEBP",
    "BMP",
    "TIFF",
    "PPM",  # also PGM and PBM
    "JPEG2000",
    "AVIF",
    "HEIF",
)
# The endings of such files. What has one of them and is no photo is damaged, or not what it seems.
ENDINGS = frozenset(
    [
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".mpo", ".png", ".apng", ".gif", ".webp"),
        *(".bmp", ".dib", ".tif", ".tiff", ".pgm", ".ppm", ".pbm", ".pnm"),
        *(".jp2", ".j2k", ".jpx", ".jpf", ".j2c", ".jpc"),
        *(".avif", ".avifs", ".heic", ".heics", ".heif", ".heifs", ".hif"),
    ]
)
# The kinds of pictures in an ISO base media file; others are videos and raw pictures.
BRANDS = (
    *(b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"),
    *(b"mif1", b"mif2", b"msf1"),
)


def _starts(*beginnings: bytes) -> Callable[[bytes], bool]:
    return partial(_one_of, beginnings)


def _one_of(beginnings: tuple[bytes, ...], content: bytes) -> bool:
    return content.startswith(beginnings)


def _is_bmp(content: bytes) -> bool:
    sizes = (12, 16, 40, 52, 56, 64, 108, 124)  # of the header, one for each version
    return content.startswith(b"BM") and int.from_bytes(content[14:18], "little") in sizes


def _is_container(content: bytes) -> bool:
    if content[4:8] != b"ftyp":
        return False
    names = content[8 : int.from_bytes(content[:4], "big")]
    return any(names[start : start + 4] in BRANDS for start in (0, *range(8, len(names), 4)))


SIGNATURES: tuple[Callable[[bytes], bool], ...] = (
    _starts(b"\xff\xd8\xff"),  # JPEG, and MPO
    _starts(b"\x89PNG\r\n\x1a\n"),
    _starts(b"GIF87a", b"GIF89a"),
    lambda content: content.startswith(b"RIFF") and content[8:12] == b"WEBP",
    _is_bmp,
    _starts(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),  # TIFF
    lambda content: re.match(rb"P[1-6]\s+[#0-9]|P[1-6]#", content) is not None,
    _starts(b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"),  # JPEG 2000
    _is_container,
)


def is_photo(beginning: bytes) -> bool:
    r"""Tell from a file's first 64 bytes whether it is a photo.

    Examples
    --------
    >>> is_photo(b"\xff\xd8\xff\xe0\0\x10JFIF"), is_photo(b"P5 92 112 255 "), is_photo(b"a text")
    (True, True, False)
    """
    return any(found(beginning) for found in SIGNATURES)
