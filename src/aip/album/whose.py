"""Which face in a photo is that of the person in whose folder the photo is."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from aip.album.faces import Face, PhotoFaces

# By how much the first of several faces must lead the second, else nobody can tell them apart.
LIKER = 0.1  # in mean cosine similarity to the person's other photos
MORE_PROMINENT = 1.2  # as a factor of prominence

ONLY = "the only face"
ONLY_LARGE = "the only face that is not too small"
LIKEST = "the face most like those in the person's other photos"
LARGEST = "the largest and most central face"
NONE = "no face was found in its photo"
ALIKE = "its photo has several faces that cannot be told apart"


def too_small(smallest: int) -> str:
    """Say that a photo has only faces that are too small."""
    return f"no face in its photo has {smallest} pixels on its shorter side"


def prominence(face: Face, size: tuple[int, int]) -> float:
    """Return how large and central a face is in a photo of (width, height), in pixels.

    It is the square root of the face's area, times 1 at the photo's centre, falling linearly to 0
    at the photo's corners.
    """
    xmin, ymin, width, height = face.box
    away = math.hypot(xmin + width / 2 - size[0] / 2, ymin + height / 2 - size[1] / 2)
    return math.sqrt(width * height) * max(0.0, 1 - away / (math.hypot(*size) / 2))


def likenesses(features: Sequence[NDArray[np.float32]]) -> list[list[float | None]]:
    """Return how alike each face of a person's photos is to those in the person's other photos.

    Parameters
    ----------
    features : sequence of (faces, d) arrays
        For each photo those of its faces, of length 1.

    Returns
    -------
    list of list of float or None
        For each face the mean, over the other photos with faces, of its largest cosine similarity
        to a face there; None if no other photo has one.
    """
    found: list[list[float | None]] = []
    for number, own in enumerate(features):
        others = [f for n, f in enumerate(features) if n != number and len(f)]
        nearest = [(own @ other.T).max(1) for other in others if len(own)]
        means = np.mean(nearest, 0).tolist() if nearest else [None] * len(own)
        found.append(means)
    return found


def choose(
    person: str, photos: Sequence[tuple[str, Sequence[Face]]], smallest: int
) -> list[PhotoFaces]:
    """Choose the person's face in each of the person's photos.

    Faces below the smallest size do not count. Of several, the one of the highest prominence is
    chosen if it leads the next one by `MORE_PROMINENT`. Where likeness is known, it is the one of
    the highest likeness instead, if it leads by `LIKER` or is also the one that prominence chooses.

    Parameters
    ----------
    person : str
    photos : sequence of (str, sequence of Face)
        File names and faces, with prominence and, if known, likeness.
    smallest : int
        The shorter side of a face's box that counts, in pixels.
    """
    return [
        PhotoFaces(person, photo, tuple(faces), *_chosen(faces, smallest))
        for photo, faces in photos
    ]


def _chosen(faces: Sequence[Face], smallest: int) -> tuple[int | None, str]:
    large = [number for number, face in enumerate(faces) if face.side >= smallest]
    if not large:
        return None, too_small(smallest) if faces else NONE
    if len(large) == 1:
        return large[0], ONLY if len(faces) == 1 else ONLY_LARGE
    first, second = sorted(large, key=lambda n: -faces[n].prominence)[:2]
    stands_out = faces[first].prominence >= MORE_PROMINENT * faces[second].prominence
    alike = {n: value for n in large if (value := faces[n].likeness) is not None}
    if len(alike) < len(large):
        return (first, LARGEST) if stands_out else (None, ALIKE)
    likest, next_ = sorted(large, key=lambda n: -alike[n])[:2]
    clear = alike[likest] - alike[next_] >= LIKER or (stands_out and likest == first)
    return (likest, LIKEST) if clear else (None, ALIKE)


def with_likeness(faces: Sequence[Face], alike: Sequence[float | None]) -> list[Face]:
    """Return faces that say how alike they are."""
    return [replace(face, likeness=value) for face, value in zip(faces, alike, strict=True)]
