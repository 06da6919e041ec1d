"""One head, drawn: every part's surface, the nearest in each pixel, painted and lit."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aip.album.synthetic import paint
from aip.album.synthetic.hair import STYLES, hair
from aip.album.synthetic.head import ears, neck, skull
from aip.album.synthetic.mesh import Floats, Fragments, Mesh, nearest, rasterise
from aip.album.synthetic.people import Person
from aip.album.synthetic.pose import project, rotation, turn
from aip.album.synthetic.scene import Light, Sitter
from aip.album.synthetic.shade import shade
from aip.album.synthetic.wear import Part, headwear, shown_hair

_OVERSAMPLING = 2
_GLASS = 0.12  # share of the light that a lens reflects instead of letting through
_NECKLINE = -1.34  # below it the torso is drawn instead of the neck

# What a part's paint gives: (k, 3) albedo and (k,) or one gloss, from fragments' uv.
Painter = Callable[[Floats], tuple[Floats, NDArray[np.float32] | float]]


@dataclass(frozen=True, slots=True)
class Portrait:
    """A head cut out.

    Attributes
    ----------
    left, top : int
        Where it goes in the photo.
    light : (height, width, 3) float32
        Linear light, multiplied by `cover`.
    cover : (height, width, 1) float32
        How much of each pixel it covers, 0–1.
    """

    left: int
    top: int
    light: Floats
    cover: Floats


@dataclass(frozen=True, slots=True)
class _Layer:
    mesh: Mesh
    points: Floats
    fragments: Fragments
    paint: Painter


def portrait(person: Person, sitter: Sitter, light: Light, size: tuple[int, int]) -> Portrait:
    """Draw a person's head and neck as far as they are in a photo of `size` (height, width)."""
    worn = headwear(person, sitter)
    body = _body(person, sitter)
    parts = body + [(part.mesh, 1.0, _worn(part), True) for part in worn]
    screens = [project(turn(mesh.points, sitter, follow), sitter) for mesh, follow, _, _ in parts]
    everywhere = np.concatenate(screens)[:, :2]
    low = np.clip(np.floor(everywhere.min(0)).astype(int) - 1, 0, (size[1] - 1, size[0] - 1))
    high = np.clip(np.ceil(everywhere.max(0)).astype(int) + 1, low + 1, (size[1], size[0]))
    width, height = (int(value) for value in high - low)
    raster = (height * _OVERSAMPLING, width * _OVERSAMPLING)
    layers = []
    for (mesh, _, painter, two_sided), screen in zip(parts, screens, strict=True):
        screen[:, :2] = (screen[:, :2] - low) * _OVERSAMPLING
        fragments = rasterise(mesh, screen, raster, two_sided=two_sided)
        layers.append(_Layer(mesh, screen, fragments, painter))
    kept = _cut(person, sitter, layers[: len(body)]) + layers[len(body) :]
    is_glass = [False] * len(body) + [part.material == "glass" for part in worn]
    opaque = [layer for layer, glass in zip(kept, is_glass, strict=True) if not glass]
    glasses = [layer for layer, glass in zip(kept, is_glass, strict=True) if glass]
    pixels = raster[0] * raster[1]
    image = np.zeros((pixels, 4), dtype=np.float32)
    turned = rotation(sitter).T
    for layer, seen in zip(opaque, nearest([o.fragments for o in opaque], pixels), strict=True):
        _draw(layer, seen, turned, light, image)
    for layer in glasses:
        _draw(layer, layer.fragments, turned, light, image, share=_GLASS)
    fine = image.reshape(*raster, 4)
    step = _OVERSAMPLING
    shifted = [fine[down::step, right::step] for down in range(step) for right in range(step)]
    small = np.asarray(sum(shifted[1:], shifted[0]) / step**2, dtype=np.float32)
    return Portrait(int(low[0]), int(low[1]), small[..., :3], small[..., 3:])


def _body(person: Person, sitter: Sitter) -> list[tuple[Mesh, Floats | float, Painter, bool]]:
    """Return skull, ears, neck, hair: mesh, how far it follows the head, paint, two-sidedness."""
    head, throat, shell = skull(person, sitter.expression), neck(person), hair(person)
    follow = np.clip((throat.points[:, 1:2] + 1.3) / 0.6, 0, 1)
    covered = sitter.garment == 3

    def neck_paint(uv: Floats) -> tuple[Floats, float]:
        colour = np.broadcast_to(np.asarray(person.skin, np.float32), (len(uv), 3)).copy()
        colour *= (0.45 + 0.5 * np.clip((-0.85 - uv[:, 1:]) / 0.5, 0, 1)) * [1.0, 0.94, 0.92]
        if covered:
            colour[uv[:, 1] < -1.0] = sitter.clothes
        return colour, 0.02

    parts: list[tuple[Mesh, Floats | float, Painter, bool]] = [
        (head, 1.0, lambda uv: paint.face(person, sitter.expression, uv), False),
        (ears(person), 1.0, lambda uv: (paint.ear(person, uv), 0.06), False),
        (throat, follow, neck_paint, False),
    ]
    if shell is not None:
        stiff = np.clip((shell.points[:, 1:2] + 1.5) / 0.6, 0.25, 1)
        style = STYLES[person.hair_style]
        shows_inside = style.length is not None or style.curl > 0
        parts.append((shell, stiff, lambda uv: paint.strands(person, uv), shows_inside))
    return parts


def _cut(person: Person, sitter: Sitter, layers: list[_Layer]) -> list[_Layer]:
    """Remove the neck under the clothes, and the parts of the hair shell that are not hair."""
    cut = []
    for number, layer in enumerate(layers):
        fragments = layer.fragments
        if number >= 2:
            uv = fragments.interpolate(layer.mesh, layer.mesh.uv)
            is_neck = number == 2
            keep = uv[:, 1] > _NECKLINE if is_neck else shown_hair(person, sitter, uv)
            fragments = fragments[keep]
        cut.append(_Layer(layer.mesh, layer.points, fragments, layer.paint))
    return cut


def _worn(part: Part) -> Painter:
    def knit(uv: Floats) -> tuple[Floats, float]:
        ribs = 0.8 + 0.2 * np.sin(uv[:, :1] * 42)
        return np.asarray(np.asarray(part.colour) * ribs, dtype=np.float32), 0.01

    def smooth(uv: Floats) -> tuple[Floats, float]:
        gloss = 0.5 if part.material == "glass" else 0.12
        return np.broadcast_to(np.asarray(part.colour, np.float32), (len(uv), 3)), gloss

    return knit if part.material == "knit" else smooth


def _draw(
    layer: _Layer, seen: Fragments, turned: Floats, light: Light, image: Floats, share: float = 1.0
) -> None:
    """Paint and light fragments into a (pixels, 4) image of light and cover, in place."""
    if not len(seen.pixel):
        return
    both = np.concatenate([layer.mesh.normals, layer.mesh.uv], axis=1)
    values = seen.interpolate(layer.mesh, both)
    normals = values[:, :3] @ turned
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-6)
    normals = np.where(normals[:, 2:] < 0, -normals, normals)
    albedo, gloss = layer.paint(values[:, 3:])
    lit = shade(albedo, normals, gloss, light)
    before = image[seen.pixel]
    before[:, :3] += share * (lit - before[:, :3])
    before[:, 3] = np.maximum(before[:, 3], share)
    image[seen.pixel] = before
