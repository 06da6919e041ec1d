"""Surfaces as grids of points, and the pixels that their triangles cover."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Mesh:
    """A surface.

    Attributes
    ----------
    points : (n, 3) float32
        Positions in head coordinates (half heights of a head).
    normals : (n, 3) float32
        Unit normals, outward.
    uv : (n, 2) float32
        Two surface coordinates whose meaning belongs to the part.
    triangles : (m, 3) intp
        Rows of `points`, counter-clockwise seen from outside.
    """

    points: Floats
    normals: Floats
    uv: Floats
    triangles: Ints


@dataclass(frozen=True, slots=True)
class Fragments:
    """Where a mesh's triangles lie under pixel centres.

    Attributes
    ----------
    pixel : (k,) intp
        Flat index into the raster.
    depth : (k,) float32
        Greater is nearer to the camera.
    triangle : (k,) intp
        Row of the mesh's triangles.
    weights : (3, k) float32
        Barycentric weights of the triangle's corners.
    """

    pixel: Ints
    depth: Floats
    triangle: Ints
    weights: Floats

    def __getitem__(self, keep: NDArray[np.bool_] | Ints) -> "Fragments":
        """Return the chosen fragments."""
        return Fragments(
            self.pixel[keep], self.depth[keep], self.triangle[keep], self.weights[:, keep]
        )

    def interpolate(self, mesh: Mesh, values: Floats) -> Floats:
        """Return (k, c) values under the fragments from (n, c) values at the mesh's points."""
        corners = mesh.triangles.take(self.triangle, axis=0).T
        result: Floats = values.take(corners[0], axis=0)
        result *= self.weights[0][:, None]
        for corner in (1, 2):
            result += values.take(corners[corner], axis=0) * self.weights[corner][:, None]
        return result


def grid(points: NDArray[np.floating], uv: NDArray[np.floating]) -> Mesh:
    """Return the mesh of a grid of points.

    Parameters
    ----------
    points : (rows, columns, 3)
        Rows run downwards and columns to the right, seen from outside.
    uv : (rows, columns, 2)
        Surface coordinates.
    """
    rows, columns = points.shape[:2]
    along = np.gradient(points, axis=1)
    if np.allclose(points[:, 0], points[:, -1], atol=1e-4):  # closed around: no seam in the light
        along[:, 0] = along[:, -1] = (points[:, 1] - points[:, -2]) / 2
    normals = np.cross(np.gradient(points, axis=0), along)
    lengths = np.linalg.norm(normals, axis=-1, keepdims=True)
    poles = lengths[..., 0] < 1e-9
    normals = normals / np.maximum(lengths, 1e-9)
    if poles.any():
        outward = points - points.mean((0, 1))
        normals[poles] = outward[poles] / np.linalg.norm(outward[poles], axis=-1, keepdims=True)
    corner = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).ravel()
    triangles = np.concatenate(
        [
            np.stack([corner, corner + columns, corner + 1], -1),
            np.stack([corner + 1, corner + columns, corner + columns + 1], -1),
        ]
    )
    return Mesh(
        points.reshape(-1, 3).astype(np.float32),
        normals.reshape(-1, 3).astype(np.float32),
        uv.reshape(-1, 2).astype(np.float32),
        triangles,
    )


@cache
def _sphere(rows: int, columns: int) -> Mesh:
    down = np.linspace(0, np.pi, rows)[:, None]
    around = np.linspace(-np.pi, np.pi, columns)[None, :]
    x, z = np.sin(down) * np.sin(around), np.sin(down) * np.cos(around)
    y = np.cos(down) + 0 * around
    return grid(np.stack([x, y, z], -1), np.stack([around + 0 * y, y], -1))


def ellipsoid(
    centre: tuple[float, float, float], radii: tuple[float, float, float], rows: int, columns: int
) -> Mesh:
    """Return an ellipsoid; its `uv` are the longitude (0 is front) and the cosine of latitude."""
    sphere = _sphere(rows, columns)
    stretch, shift = np.asarray(radii, dtype=np.float32), np.asarray(centre, dtype=np.float32)
    normals = sphere.normals / stretch
    normals = normals / np.sqrt((normals**2).sum(1, keepdims=True))
    return Mesh(sphere.points * stretch + shift, normals, sphere.uv, sphere.triangles)


def merge(meshes: list[Mesh]) -> Mesh:
    """Return several meshes as one."""
    starts = np.cumsum([0] + [len(mesh.points) for mesh in meshes[:-1]])
    return Mesh(
        np.concatenate([mesh.points for mesh in meshes]),
        np.concatenate([mesh.normals for mesh in meshes]),
        np.concatenate([mesh.uv for mesh in meshes]),
        np.concatenate(
            [mesh.triangles + start for mesh, start in zip(meshes, starts, strict=True)]
        ),
    )


def rasterise(mesh: Mesh, screen: Floats, size: tuple[int, int], *, two_sided: bool) -> Fragments:
    """Find the pixel centres that each triangle covers.

    Parameters
    ----------
    mesh : Mesh
        Whose triangles to draw.
    screen : (n, 3) float32
        Its points on the screen: x to the right and y down in pixels, and depth.
    size : (height, width)
        Of the raster.
    two_sided : bool
        Also draw the triangles that face away.
    """
    height, width = size
    a, b, c = (screen[mesh.triangles[:, corner]] for corner in range(3))
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    drawn = np.flatnonzero(np.abs(area) > 1e-6 if two_sided else area < -1e-6)
    a, b, c, area = a[drawn], b[drawn], c[drawn], area[drawn]
    low = np.minimum(np.minimum(a, b), c)[:, :2]
    high = np.maximum(np.maximum(a, b), c)[:, :2]
    limit = np.array([width - 1, height - 1])
    first = np.clip(np.ceil(low - 0.5), 0, None).astype(np.int32)
    last = np.minimum(np.floor(high - 0.5), limit).astype(np.int32)
    span = np.maximum(last - first + 1, 0)
    count = span[:, 0] * span[:, 1]
    owner = np.repeat(np.arange(len(drawn), dtype=np.int32), count)
    before = (np.cumsum(count) - count).astype(np.int32)
    offset = np.arange(len(owner), dtype=np.int32) - before[owner]
    row = offset // span[owner, 0]
    column = offset - row * span[owner, 0]
    row, column = row.astype(np.float32), column.astype(np.float32)

    # Barycentric weights of b and c are affine in the steps from the triangle's first pixel.
    def weight(p: Floats, q: Floats) -> Floats:
        slope_x = (p[:, 1] - q[:, 1]) / area
        slope_y = (q[:, 0] - p[:, 0]) / area
        first_x, first_y = (first[:, axis] + np.float32(0.5) - p[:, axis] for axis in (0, 1))
        at = (first_x * slope_x + first_y * slope_y).astype(np.float32)
        return np.asarray(slope_x[owner] * column + slope_y[owner] * row + at[owner])

    weight_b, weight_c = weight(c, a), weight(a, b)
    weight_a = 1 - weight_b - weight_c
    inside = np.flatnonzero(np.minimum(np.minimum(weight_a, weight_b), weight_c) >= -1e-4)
    owner = owner[inside]
    weights = np.stack([weight_a[inside], weight_b[inside], weight_c[inside]])
    depth = weights[0] * a[owner, 2] + weights[1] * b[owner, 2] + weights[2] * c[owner, 2]
    x = first[owner, 0] + column[inside].astype(np.intp)
    y = first[owner, 1] + row[inside].astype(np.intp)
    return Fragments(y * width + x, depth, drawn[owner], weights)


def nearest(parts: list[Fragments], pixels: int) -> list[Fragments]:
    """Keep the fragments of every part that no fragment of any part hides."""
    front = np.full(pixels, -np.inf, dtype=np.float32)
    for part in parts:
        np.maximum.at(front, part.pixel, part.depth)
    return [part[part.depth >= front[part.pixel]] for part in parts]
