"""Pixels of any kind as viewers show them: 8-bit sRGB, transparency on white."""

from functools import lru_cache
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, ImageCms

from aip.album.coded_colour import CodedColour, from_coded

PLANES, PHOTOMETRIC, BITS = 284, 262, 258  # tags of TIFF
WHITE_IS_ZERO, SEPARATE = 0, 2  # their values
# For each mode, the colour spaces of the profiles that can be meant, as Chromium takes them.
SPACES = {"L": ("GRAY", "RGB"), "RGB": ("RGB",), "CMYK": ("CMYK",)}
# The largest difference, on a lattice of colours, of a profile that is sRGB's.
SAME = 1


def to_rgb(photo: Image.Image, coded: CodedColour, depth: int) -> Image.Image:
    """Return a photo's pixels as 8-bit sRGB, as browsers show them.

    16-bit values are scaled to 8 bits. Colours are converted from the embedded ICC profile, or
    else from the gamma and primaries that the file says; a profile that is damaged or for other
    pixels does not count. What is transparent lies on white.

    Parameters
    ----------
    photo : Image
    coded : CodedColour
    depth : int
        Bits of a sample in the file.

    Raises
    ------
    ValueError
        The values have no known scale, or would not be read right.
    """
    profile = None if coded.exact else photo.info.get("icc_profile")
    if photo.mode == "F":
        raise ValueError("floating-point values, whose scale is not known; expected integers")
    if photo.mode.startswith("I"):
        photo = _eight_bits(photo)
    elif photo.format == "TIFF":
        _check_planes(photo)
    elif photo.format == "PNG" and "transparency" in photo.info:
        _scale_transparency(photo, depth)
    photo = _straight(photo)
    if photo.mode not in ("LA", "RGBA"):
        return _coloured(photo, profile, coded)
    if profile or not coded.is_srgb:
        alpha = photo.getchannel("A")
        photo = _coloured(photo.convert(photo.mode.removesuffix("A")), profile, coded)
        photo.putalpha(alpha)
    over = photo.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", over.size, "white"), over).convert("RGB")


def _eight_bits(photo: Image.Image) -> Image.Image:
    """Return grey values of 12 or 16 bits, which Pillow would clip, as 8 bits."""
    values, most = np.asarray(photo), 65535
    if photo.format == "TIFF":
        tags: Any = photo.tag_v2  # type: ignore[attr-defined]
        if tags.get(BITS) == (12,):
            most = 4095
        if tags.get(PHOTOMETRIC) == WHITE_IS_ZERO:
            values = most - values
    if values.min() < 0 or values.max() > most:
        raise ValueError(f"values from {values.min()} to {values.max()}, expected 16 bits")
    rounded = ((np.arange(most + 1) * 255 + most // 2) // most).astype(np.uint8)
    grey = Image.fromarray(rounded[values])
    if (transparent := photo.info.get("transparency")) is not None:
        clear = np.where(np.asarray(photo) == transparent, 0, 255).astype(np.uint8)
        grey.putalpha(Image.fromarray(clear))
    return grey


def _check_planes(photo: Image.Image) -> None:
    tags: Any = photo.tag_v2  # type: ignore[attr-defined]
    if tags.get(PLANES) == SEPARATE and max(tags.get(BITS, (1,))) > 8:
        raise ValueError("colours of 16 bits in separate planes; expected one plane, or 8 bits")


def _scale_transparency(photo: Image.Image, depth: int) -> None:
    """Scale a PNG's transparent value as Pillow scales its pixels."""
    if depth == 16:
        raise ValueError("16-bit colours, one of them transparent; expected a transparency channel")
    if photo.mode == "L" and depth < 8:
        photo.info["transparency"] *= 255 // (2**depth - 1)


def _straight(photo: Image.Image) -> Image.Image:
    """Return the pixels in one of the modes L, LA, RGB, RGBA and CMYK."""
    if "transparency" in photo.info or photo.mode in ("PA", "RGBa"):
        return photo.convert("RGBA")
    if photo.mode in ("L", "LA", "RGB", "RGBA", "CMYK"):
        return photo
    return photo.convert({"1": "L", "La": "LA"}.get(photo.mode, "RGB"))


def _coloured(image: Image.Image, profile: bytes | None, coded: CodedColour) -> Image.Image:
    """Convert an image of mode L, RGB or CMYK to sRGB."""
    if profile and (transform := _transform(profile, image.mode)):
        mode, convert = transform
        return convert.apply(image.convert(mode)) if convert else image.convert("RGB")
    if not coded.is_srgb and image.mode != "CMYK":
        return from_coded(image, coded)
    return image.convert("RGB")


@lru_cache(maxsize=32)
def _transform(profile: bytes, mode: str) -> tuple[str, ImageCms.ImageCmsTransform | None] | None:
    """Return the mode that a profile is for and the conversion to sRGB, None for sRGB's own.

    Of a profile that is damaged, or of no colours that the mode can have, nothing is returned.
    The intent is perceptual, as in browsers; for most cameras' profiles it makes no difference.
    """
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        space = source.profile.xcolor_space.strip()
        if space not in SPACES[mode]:
            return None
        mode = {"GRAY": "L"}.get(space, space)
        transform = ImageCms.buildTransform(
            source, ImageCms.createProfile("sRGB"), mode, "RGB", ImageCms.Intent.PERCEPTUAL
        )
    except (ImageCms.PyCMSError, OSError):  # damaged
        return None
    colours = _lattice(mode)
    plain = np.asarray(colours.convert("RGB")).astype(int)
    same = np.abs(np.asarray(transform.apply(colours)) - plain).max() <= SAME
    return mode, None if same else transform


def _lattice(mode: str) -> Image.Image:
    """Return an image of colours from all over a mode's range."""
    steps, channels = (256, 1) if mode == "L" else (17, len(mode))
    values = np.linspace(0, 255, steps).round().astype(np.uint8)
    grid = np.stack(np.meshgrid(*[values] * channels, indexing="ij"), axis=-1)
    flat = grid.reshape(steps, -1, channels)
    return Image.fromarray(flat[..., 0] if mode == "L" else flat, mode)
