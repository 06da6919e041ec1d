"""A photo: people before a backdrop, through a camera, to a JPEG."""

import numpy as np
from PIL import Image, ImageFilter

from aip.album.synthetic.backdrop import backdrop
from aip.album.synthetic.covers import draw_cover
from aip.album.synthetic.mesh import Floats
from aip.album.synthetic.people import Person
from aip.album.synthetic.portrait import portrait
from aip.album.synthetic.scene import Camera, Scene
from aip.album.synthetic.torso import draw_torso
from aip.compute.draws import generator

_LUMA = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)
_STEPS = 1024  # of the film's table up to light 1; it goes to light 4


def take(seed: int, photoset: str, photo: str, scene: Scene, people: list[Person]) -> Image.Image:
    """Take the photo of a scene with these people in it; each person is one sitter, in order.

    Returns
    -------
    PIL.Image.Image
        8-bit sRGB, as it is before JPEG.
    """
    view = backdrop(scene.width, scene.height, generator(seed, "backdrop", photoset, photo))
    size = (scene.height, scene.width)
    for place, (person, sitter) in enumerate(zip(people, scene.sitters, strict=True)):
        draw_torso(view, person, sitter, scene.light)
        cut = portrait(person, sitter, scene.light, size)
        height, width = cut.cover.shape[:2]
        patch = view[cut.top : cut.top + height, cut.left : cut.left + width]
        patch *= 1 - cut.cover
        patch += cut.light
        rng = generator(seed, "cover", photoset, photo, place)
        draw_cover(view, person, sitter, scene.light, rng)
    return _develop(view, scene.camera, generator(seed, "sensor", photoset, photo))


def _develop(light: Floats, camera: Camera, rng: np.random.Generator) -> Image.Image:
    """Turn linear light into 8-bit sRGB as a camera does, with its faults."""
    steps = np.sqrt(np.clip(light * camera.exposure, 0, 3.99)) * np.float32(_STEPS)
    display = _film(camera.contrast)[steps.astype(np.intp)]
    luma = (display @ _LUMA)[..., None]
    display = luma + camera.saturation * (display - luma)
    image = Image.fromarray(np.clip(display * 255 + 0.5, 0, 255).astype(np.uint8))
    if camera.blur:
        image = image.filter(ImageFilter.GaussianBlur(camera.blur))
    grain = rng.standard_normal(light.shape, dtype=np.float32)
    grain += 0.7 * grain[..., 1:2]  # most of what a sensor's noise shows is in brightness
    noisy = np.asarray(image, dtype=np.float32) + np.float32(0.8 * camera.noise) * grain
    return Image.fromarray(np.clip(noisy + 0.5, 0, 255).astype(np.uint8))


def _film(contrast: float) -> Floats:
    """Return the display value in 0–1 of light (i / steps)², whose highlights roll off."""
    light = (np.arange(2 * _STEPS, dtype=np.float32) / _STEPS) ** 2
    return np.asarray((1 - np.exp(-1.35 * light)) ** (contrast / 1.95), dtype=np.float32)
