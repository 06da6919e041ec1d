"""Identities: an identity is a draw of everything about a head that no photo changes."""

from dataclasses import dataclass

from aip.album.synthetic.palette import EYES, HAIRS, LIPSTICKS, SKINS, Colour
from aip.compute.draws import generator

HAIR_STYLES = (
    "bald",
    "horseshoe",
    "buzz",
    "short",
    "quiff",
    "side part",
    "mohawk",
    "curly",
    "afro",
    "bowl",
    "bob",
    "long",
    "wavy",
    "bun",
    "ponytail",
    "pigtails",
)
BEARD_STYLES = ("none", "stubble", "moustache", "goatee", "circle", "chin strap", "full", "long")
GLASSES_STYLES = ("none", "round", "square", "wide", "half rim")

# How often each style is worn, by people who could grow a beard and by people who could not.
_BEARDED_HAIR = (3, 2, 3, 4, 3, 4, 1.5, 3, 2, 2, 0.3, 1, 1, 0.7, 0, 0)
_BEARDLESS_HAIR = (0.2, 0, 0.5, 1, 0.5, 1, 0.5, 2, 2, 2, 4, 4, 4, 3, 3, 2)
_BEARDS = (6, 2, 2, 2, 2, 1.5, 3, 1.5)
_GLASSES = (8, 2, 2, 1.5, 1.5)

# Lengths are in half heights of a head: the crown is at y = 1, the chin at y = -1, x points to
# the right of the picture and z to the camera.
_RANGES = {
    "jaw": (0.74, 1.24),
    "chin": (0.62, 1.5),
    "cheeks": (0.92, 1.08),
    "forehead": (0.90, 1.08),
    "width": (0.85, 1.15),
    "jut": (-0.05, 0.08),
    "cheekbones": (0.0, 0.07),
    "ear_size": (0.7, 1.5),
    "ear_angle": (0.05, 0.9),
    "neck": (0.75, 1.15),
    "eye_y": (-0.06, 0.09),
    "eye_x": (0.23, 0.34),
    "eye_width": (0.1, 0.165),
    "eye_height": (0.5, 1.5),
    "eye_slant": (-0.04, 0.055),
    "eye_depth": (0.02, 0.10),
    "lid_crease": (0.0, 1.0),
    "iris": (0.050, 0.068),
    "brow_y": (0.1, 0.24),
    "brow_thickness": (0.012, 0.06),
    "brow_arch": (0.0, 0.09),
    "brow_tilt": (-0.065, 0.065),
    "brow_length": (0.14, 0.22),
    "nose_length": (0.28, 0.54),
    "nose_width": (0.07, 0.185),
    "nose_height": (0.14, 0.32),
    "nose_bridge": (0.25, 0.85),
    "nose_tip": (0.0, 0.08),
    "mouth_y": (0.10, 0.22),
    "mouth_width": (0.155, 0.325),
    "upper_lip": (0.016, 0.08),
    "lower_lip": (0.022, 0.1),
    "hairline": (0.42, 0.76),
    "peak": (-0.08, 0.10),
    "temples": (0.0, 0.14),
    "sideburn": (-0.35, 0.05),
    "hair_volume": (0.75, 1.30),
    "beard_width": (0.75, 1.25),
    "glasses_size": (0.85, 1.20),
    "glasses_thickness": (0.02, 0.06),
}


@dataclass(frozen=True, slots=True)
class Person:
    """The latent of one identity.

    Lengths are in half heights of a head; all other numbers are factors or shares.

    Attributes
    ----------
    skin, hair, iris_colour, lipstick : Colour
        Linear RGB in 0–1, from short palettes, so that colour alone tells few people apart.
    hair_style, beard_style, glasses_style : str
        One of `HAIR_STYLES`, `BEARD_STYLES`, `GLASSES_STYLES`.
    glasses_colour : Colour
        Of the frame.
    parting : int
        Side the hair is parted on: -1 left of the picture, 1 right.
    fringe : float
        How low hair falls on the forehead, 0 (not) to 1 (to the brows).
    age : float
        Strength of wrinkles, 0–1.
    freckles : float
        Strength of freckles, 0–1.
    blush : float
        Redness of the cheeks, 0–1.
    moles : tuple of (x, y, radius)
        On the face.
    texture : float
        Where in the noise this person's hair and freckles are cut from, 0–1.
    jaw, chin, cheeks, ... : float
        Shapes, each uniform in its range.
    """

    skin: Colour
    hair: Colour
    iris_colour: Colour
    lipstick: Colour | None
    hair_style: str
    beard_style: str
    glasses_style: str
    glasses_colour: Colour
    parting: int
    fringe: float
    age: float
    freckles: float
    blush: float
    moles: tuple[tuple[float, float, float], ...]
    texture: float
    jaw: float
    chin: float
    cheeks: float
    forehead: float
    width: float
    jut: float
    cheekbones: float
    ear_size: float
    ear_angle: float
    neck: float
    eye_y: float
    eye_x: float
    eye_width: float
    eye_height: float
    eye_slant: float
    eye_depth: float
    lid_crease: float
    iris: float
    brow_y: float
    brow_thickness: float
    brow_arch: float
    brow_tilt: float
    brow_length: float
    nose_length: float
    nose_width: float
    nose_height: float
    nose_bridge: float
    nose_tip: float
    mouth_y: float
    mouth_width: float
    upper_lip: float
    lower_lip: float
    hairline: float
    peak: float
    temples: float
    sideburn: float
    hair_volume: float
    beard_width: float
    glasses_size: float
    glasses_thickness: float

    @property
    def nose_bottom(self) -> float:
        """The height of the nose's lower end."""
        return self.eye_y + 0.08 - self.nose_length

    @property
    def mouth_height(self) -> float:
        """The height of the line between the lips at rest."""
        return max(self.nose_bottom - self.mouth_y, -0.72)


def person(seed: int, subset: str, number: int) -> Person:
    """Draw an identity's latent, which depends on nothing but the arguments.

    Parameters
    ----------
    seed : int
        The study's seed.
    subset : str
        ``train`` or ``val``.
    number : int
        Which identity of the subset, from 0.
    """
    rng = generator(seed, "person", subset, number)

    def pick(choices: tuple[str, ...], weights: tuple[float, ...]) -> str:
        total = sum(weights)
        return choices[int(rng.choice(len(choices), p=[weight / total for weight in weights]))]

    shapes = {name: float(rng.uniform(*_RANGES[name])) for name in _RANGES}
    can_beard = bool(rng.random() < 0.55)
    age = float(rng.beta(1.2, 1.6))
    beard_style = pick(BEARD_STYLES, _BEARDS)
    hair = HAIRS[int(rng.integers(len(HAIRS)))]
    lipstick = LIPSTICKS[int(rng.integers(len(LIPSTICKS)))]
    mole_count = int(rng.choice((0, 1, 2, 3), p=(0.5, 0.25, 0.15, 0.1)))
    moles = tuple(
        (float(rng.uniform(-0.5, 0.5)), float(rng.uniform(-0.8, 0.3)), float(rng.uniform(2, 3.5)))
        for _ in range(mole_count)
    )
    freckled = bool(rng.random() < 0.3)
    made_up = not can_beard and bool(rng.random() < 0.5)
    return Person(
        skin=SKINS[int(rng.integers(len(SKINS)))],
        hair=hair,
        iris_colour=EYES[int(rng.integers(len(EYES)))],
        lipstick=lipstick if made_up else None,
        hair_style=pick(HAIR_STYLES, _BEARDED_HAIR if can_beard else _BEARDLESS_HAIR),
        beard_style=beard_style if can_beard else "none",
        glasses_style=pick(GLASSES_STYLES, _GLASSES),
        glasses_colour=(
            (0.01, 0.01, 0.012),
            (0.12, 0.04, 0.015),
            (0.3, 0.3, 0.32),
            (0.3, 0.02, 0.03),
        )[int(rng.integers(4))],
        parting=int(rng.choice((-1, 1))),
        fringe=float(rng.choice((0.0, 1.0), p=(0.55, 0.45)) * rng.uniform(0.5, 1.0)),
        age=age,
        freckles=float(rng.uniform(0.4, 1.0)) if freckled else 0.0,
        blush=float(rng.uniform(0, 1)),
        moles=tuple((x, y, 0.01 * radius) for x, y, radius in moles),
        texture=float(rng.random()),
        **shapes,
    )
