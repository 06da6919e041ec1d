"""PNG files with chunks that no encoder writes."""

import struct
import zlib
from pathlib import Path

import numpy as np


def png(path: Path, pixels: np.ndarray, depth: int = 8, kind: int = 2, **chunks: bytes) -> None:
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
