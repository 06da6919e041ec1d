"""Colours by the textbook: matrices, curves, and ICC profiles that say them."""

import struct

import numpy as np

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


def srgb_decode(values: np.ndarray) -> np.ndarray:
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def power(gamma: float):
    return lambda values: values**gamma


def shown(pixels: np.ndarray, primaries, decode) -> np.ndarray:
    """Return what sRGB values show the colours of pixels, as floats."""
    linear = decode(pixels / 255) @ (np.linalg.inv(matrix(SRGB)) @ matrix(primaries)).T
    return srgb_curve(linear.clip(0, 1)) * 255


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
