"""Colours that a file describes by numbers, not by an ICC profile.

In a PNG the first that is there counts of cICP, sRGB, and gAMA and cHRM together (PNG, third
edition, section 4.3); in an AVIF or HEIF it is the box colr. Values within libpng's tolerance of
sRGB's are sRGB's.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Primaries = tuple[float, ...]  # x and y of white, red, green and blue

SRGB = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
# Primaries and curves by their numbers in ITU-T H.273; None is shown as sRGB, 2 says nothing.
CICP_PRIMARIES: dict[int, Primaries | None] = {
    1: None,
    2: None,
    5: None,
    6: None,
    9: (0.3127, 0.3290, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),  # BT.2020
    12: (0.3127, 0.3290, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06),  # Display P3
}
CICP_CURVES = {1: None, 2: None, 4: 1 / 2.2, 6: None, 8: 1.0, 13: None, 14: None, 15: None}
SRGB_GAMMA = 0.45455
GAMMA_TOLERANCE, PRIMARIES_TOLERANCE = 0.05, 0.01
# Chromatic adaptation to D65 (Bradford).
BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
ROWS = 256  # converted at once
BOXES = 2**16  # bytes, from the start, in which a file describes its pictures


@dataclass(frozen=True)
class CodedColour:
    """What a file says of its values.

    Attributes
    ----------
    gamma : float or None
        The exponent of the coding, such as 0.45; None for sRGB's curve.
    primaries : tuple of float or None
        x and y of white, red, green and blue; None for sRGB's.
    exact : bool
        Whether it goes before an ICC profile.
    """

    gamma: float | None = None
    primaries: Primaries | None = None
    exact: bool = False

    @property
    def is_srgb(self) -> bool:
        """Whether the values are those of sRGB."""
        return self.gamma is None and self.primaries is None


def read_coded_colour(path: Path, kind: str, info: Mapping[Any, Any]) -> CodedColour:
    """Read the colours of a file of a kind, as Pillow names it; `info` is what Pillow found in it.

    Raises
    ------
    ValueError
        They are coded in a way that viewers show in different ways, as for high dynamic range.
    """
    if kind in ("AVIF", "HEIF"):
        content = path.read_bytes()[:BOXES]
        place = content.find(b"colrnclx")
        primaries, curve = struct.unpack(">HH", content[place + 8 : place + 12].ljust(4, b"\0"))
        return _numbered(primaries, curve, exact=False) if place >= 0 else CodedColour()
    if kind != "PNG":
        return CodedColour()
    with path.open("rb") as file:
        cicp = _cicp(file)
    if cicp is not None:
        primaries, curve, matrix, full = cicp
        if matrix or full != 1:
            raise ValueError(f"colours coded as cICP {list(cicp)}; expected RGB of full range")
        return _numbered(primaries, curve, exact=True)
    if "srgb" in info:
        return CodedColour()
    gamma, chromaticity = info.get("gamma"), info.get("chromaticity")
    if gamma is not None and (gamma <= 0 or abs(gamma / SRGB_GAMMA - 1) <= GAMMA_TOLERANCE):
        gamma = None
    if chromaticity is not None and (_is_srgb(chromaticity) or _to_srgb(chromaticity) is None):
        chromaticity = None
    return CodedColour(gamma, chromaticity)


def _numbered(primaries: int, curve: int, *, exact: bool) -> CodedColour:
    if primaries not in CICP_PRIMARIES or curve not in CICP_CURVES:
        raise ValueError(
            f"colours with primaries {primaries} and transfer function {curve} of H.273; expected "
            f"primaries {', '.join(map(str, CICP_PRIMARIES))} and a transfer function of "
            f"{', '.join(map(str, CICP_CURVES))}"
        )
    found = CICP_PRIMARIES[primaries]
    return CodedColour(CICP_CURVES[curve], found, exact)


def from_coded(image: Image.Image, colour: CodedColour) -> Image.Image:
    """Convert an image of mode L or RGB to sRGB."""
    stored = np.arange(256) / 255
    linear = _decoded(stored) if colour.gamma is None else stored ** (1 / colour.gamma)
    if colour.primaries is None or image.mode == "L":
        table = np.round(_encoded(linear) * 255).astype(int).tolist()
        return image.point(table * len(image.getbands())).convert("RGB")
    matrix = _to_srgb(colour.primaries)
    assert matrix is not None
    pixels = np.asarray(image)
    found = np.empty_like(pixels)
    for top in range(0, len(pixels), ROWS):
        rows = linear[pixels[top : top + ROWS]] @ matrix.T
        found[top : top + ROWS] = np.round(_encoded(rows.clip(0, 1)) * 255)
    return Image.fromarray(found)


def _cicp(file: BinaryIO) -> tuple[int, ...] | None:
    """Return the four numbers of a PNG's chunk cICP, which precedes the pixels."""
    file.seek(8)
    while len(start := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", start)
        if kind == b"cICP":
            return tuple(file.read(4).ljust(4, b"\0"))
        if kind in (b"IDAT", b"IEND"):
            break
        file.seek(length + 4, 1)
    return None


def _is_srgb(primaries: Primaries) -> bool:
    return max(abs(a - b) for a, b in zip(primaries, SRGB, strict=True)) <= PRIMARIES_TOLERANCE


def _xyz(primaries: Primaries) -> NDArray[np.float64]:
    """Return the matrix from linear RGB to XYZ, with a white of Y = 1."""
    white, *colours = (
        np.array([x / y, 1, (1 - x - y) / y])
        for x, y in zip(primaries[::2], primaries[1::2], strict=True)
    )
    columns = np.stack(colours, axis=1)
    return np.asarray(columns * np.linalg.solve(columns, white))


def _to_srgb(primaries: Primaries) -> NDArray[np.float64] | None:
    """Return the matrix to linear sRGB; None if the primaries are no colours."""
    try:
        source, target = _xyz(primaries), _xyz(SRGB)
        cones = BRADFORD @ target.sum(axis=1) / (BRADFORD @ source.sum(axis=1))
        adaptation = np.linalg.solve(BRADFORD, cones[:, None] * BRADFORD)
        matrix = np.asarray(np.linalg.solve(target, adaptation @ source), dtype=np.float64)
    except (ZeroDivisionError, np.linalg.LinAlgError):
        return None
    return matrix if np.isfinite(matrix).all() else None


def _decoded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return linear values from sRGB's."""
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def _encoded(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
