"""What varies from photo to photo: the camera, the light, the place, and what each person does."""

from dataclasses import dataclass

import numpy as np

from aip.album.synthetic.head import Expression
from aip.album.synthetic.palette import CLOTHES, Colour
from aip.compute.draws import generator

COVERS = ("none", "hand", "phone", "cup", "foreground", "scarf", "cap", "beanie", "sunglasses")
_COVER_SHARES = (0.94, 0.01, 0.005, 0.005, 0.005, 0.005, 0.01, 0.01, 0.01)
BOX_ERROR = 0.03  # how far each side of a box may be off, as a share of the head's size
YAW, PITCH, ROLL = 35.0, 16.0, 15.0  # degrees, the greatest turn to either side


@dataclass(frozen=True, slots=True)
class Light:
    """One light from afar and the light of the surroundings, in linear RGB.

    Attributes
    ----------
    direction : (x, y, z)
        Unit vector to the light; z is to the camera.
    key, sky, ground : Colour
        Radiance of the light, and of the surroundings from above and from below.
    """

    direction: tuple[float, float, float]
    key: Colour
    sky: Colour
    ground: Colour


@dataclass(frozen=True, slots=True)
class Camera:
    """What the camera does to the picture.

    Attributes
    ----------
    exposure : float
        Factor on linear light.
    contrast : float
        Exponent of a curve about middle grey.
    saturation : float
        0 is black and white.
    blur : float
        Standard deviation of a Gaussian in pixels.
    noise : float
        Standard deviation of sensor noise on the 0–255 scale.
    quality : int
        Of the JPEG, 45–95.
    """

    exposure: float
    contrast: float
    saturation: float
    blur: float
    noise: float
    quality: int


@dataclass(frozen=True, slots=True)
class Sitter:
    """Where one person of a photo is, and how they look today.

    Attributes
    ----------
    centre : (x, y)
        Of the head, in pixels of the photo.
    scale : float
        Pixels per half height of a head.
    yaw, pitch, roll : float
        Turn of the head in radians: to the right of the picture, downwards, clockwise.
    expression : Expression
        Of the face.
    cover : str
        What hides a part of the head, one of `COVERS`.
    clothes, trim : Colour
        Of the garment, and of what else is worn today.
    garment : int
        0 crew neck, 1 V neck, 2 shirt, 3 turtleneck.
    pattern : int
        0 plain, 1 stripes, 2 checks, 3 mottled.
    box_error : (left, top, right, bottom)
        How far the annotator set each side of the head's box off, to the right or downwards, as
        a share of the head's width or height; at most `BOX_ERROR`.
    """

    centre: tuple[float, float]
    scale: float
    yaw: float
    pitch: float
    roll: float
    expression: Expression
    cover: str
    clothes: Colour
    trim: Colour
    garment: int
    pattern: int
    box_error: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything about a photo except the identities in it.

    Attributes
    ----------
    width, height : int
        Of the photo in pixels.
    light, camera : Light, Camera
        As everybody in the photo shares them.
    sitters : tuple of Sitter
        From left to right.
    """

    width: int
    height: int
    light: Light
    camera: Camera
    sitters: tuple[Sitter, ...]


def scene(seed: int, photoset: str, photo: str, people: int) -> Scene:
    """Draw the scene of a photo of one to three people."""
    rng = generator(seed, "scene", photoset, photo)
    width = int(rng.integers(*((320, 401), (380, 461), (440, 521))[people - 1]))
    height = int(rng.integers(240, 331))
    return Scene(
        width=width,
        height=height,
        light=_light(rng),
        camera=_camera(rng),
        sitters=tuple(
            _sitter(
                rng, generator(seed, "box", photoset, photo, place), (width, height), place, people
            )
            for place in range(people)
        ),
    )


def _light(rng: np.random.Generator) -> Light:
    azimuth = rng.uniform(-70, 70) * np.pi / 180
    elevation = rng.uniform(-10, 60) * np.pi / 180
    share = rng.uniform(0.35, 0.92)  # of the light that comes from the one direction
    warmth = rng.normal(0, 0.25)
    tint = rng.normal(0, 0.08)
    key = np.exp([warmth, tint, -warmth])
    cast = np.exp([-0.5 * warmth + rng.normal(0, 0.08), rng.normal(0, 0.04), 0.5 * warmth])
    key, around = 2.0 * share * key, 0.95 * (1 - 0.75 * share) * cast
    ground = around * rng.uniform(0.35, 0.9)

    def colour(value: np.ndarray) -> Colour:
        return float(value[0]), float(value[1]), float(value[2])

    return Light(
        direction=(
            float(np.cos(elevation) * np.sin(azimuth)),
            float(np.sin(elevation)),
            float(np.cos(elevation) * np.cos(azimuth)),
        ),
        key=colour(key),
        sky=colour(around),
        ground=colour(ground),
    )


def _camera(rng: np.random.Generator) -> Camera:
    return Camera(
        exposure=float(np.exp(np.clip(rng.normal(-0.05, 0.36), -0.7, 0.7))),
        contrast=float(np.exp(rng.normal(0.0, 0.13))),
        saturation=0.0 if rng.random() < 0.05 else float(rng.uniform(0.65, 1.2)),
        blur=float(rng.choice((0.0, rng.uniform(0.3, 1.1)), p=(0.6, 0.4))),
        noise=float(rng.uniform(0.5, 5.0)),
        quality=int(rng.integers(55, 96)),
    )


def _sitter(
    rng: np.random.Generator,
    annotator: np.random.Generator,
    size: tuple[int, int],
    place: int,
    people: int,
) -> Sitter:
    width, height = size
    head = rng.uniform(*((84, 134), (78, 116), (70, 100))[people - 1])  # pixels, chin to crown
    room = width / people
    x = room * (place + 0.5) + rng.uniform(-0.5, 0.5) * max(room - head, 0.0) * 0.75
    if people == 1 and rng.random() < 0.10:  # cut by the photo's left or right edge
        x = rng.choice((0.30, width / head - 0.30)) * head
    y = rng.uniform(0.56 * head, max(0.62 * head, height - 1.05 * head))
    smile = rng.uniform(-0.6, 1.0)
    expression = Expression(
        smile=float(smile),
        mouth_open=float(max(0.0, rng.uniform(-0.8, 1.0))),
        eyes_open=float(rng.uniform(0.7, 1.15) if rng.random() < 0.94 else 0.15),
        brows_up=float(rng.uniform(-0.04, 0.06)),
        gaze=(float(rng.uniform(-1, 1)), float(rng.uniform(-0.6, 0.6))),
    )
    clothes, trim = rng.choice(len(CLOTHES), 2, replace=False)
    return Sitter(
        centre=(float(x), float(y)),
        scale=float(head / 2.1),
        yaw=float(np.radians(rng.uniform(-YAW, YAW))),
        pitch=float(np.radians(rng.uniform(-PITCH, PITCH))),
        roll=float(np.radians(rng.uniform(-ROLL, ROLL))),
        expression=expression,
        cover=str(rng.choice(COVERS, p=_COVER_SHARES)),
        clothes=CLOTHES[clothes],
        trim=CLOTHES[trim],
        garment=int(rng.integers(4)),
        pattern=int(rng.choice((0, 1, 2, 3), p=(0.5, 0.2, 0.15, 0.15))),
        box_error=(
            float(annotator.uniform(-BOX_ERROR, BOX_ERROR)),
            float(annotator.uniform(-BOX_ERROR, BOX_ERROR)),
            float(annotator.uniform(-BOX_ERROR, BOX_ERROR)),
            float(annotator.uniform(-BOX_ERROR, BOX_ERROR)),
        ),
    )
