"""Finding the faces in the photos of an album, and which is that of each photo's person."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from aip.album.faces import Face, PhotoFaces
from aip.album.heads import crop
from aip.album.index import Instance
from aip.album.photo import read_photo
from aip.album.whose import choose, likenesses, prominence, with_likeness
from aip.compute.device import CPU
from aip.compute.side_by_side import side_by_side
from aip.errors import BadInput, together
from aip.recognise.detector import Faces
from aip.recognise.upright import Find, find_upright

Embed = Callable[[Sequence[NDArray[np.uint8]]], NDArray[np.float32]]


@dataclass(frozen=True)
class Seen:
    """What was found in a photo.

    Attributes
    ----------
    faces : list of Face
    features : (faces, d) float32 array or None
        Their embeddings, if they are to be compared.
    """

    faces: list[Face]
    features: NDArray[np.float32] | None


def find_people(
    people: Mapping[str, Sequence[str]],
    root: Path,
    find: Find,
    embed: Embed | None,
    smallest: int,
    progress: Callable[[int], object],
    threads: int = 1,
    device: torch.device = CPU,
) -> list[PhotoFaces]:
    """Find the faces in people's photos, and choose each person's.

    Parameters
    ----------
    people : mapping
        Person → the file names of their photos, which lie in the folder of that name in the root.
    root : Path
    find : callable
        Finds the faces of images, as `aip.recognise.detector.Detector` does.
    embed : callable or None
        Gives the embeddings of heads, as `aip.recognise.embedding.Embedding` does; None to go by
        size and place.
    smallest : int
        The shorter side of a face's box that counts, in pixels.
    progress : callable
        Called with the number of photos done since its last call.
    threads : int
        How many photos are looked at at once.
    device : torch.device

    Raises
    ------
    BadInput
        Photos cannot be read, or no photo has a face that counts.
    """
    photos = [(person, name) for person, names in people.items() for name in names]

    def look(photo: tuple[str, str]) -> Seen | BadInput:
        try:
            image = read_photo(root.joinpath(*photo))
        except BadInput as error:  # the others are read, so that all are named at once
            return error
        return _seen(image, find, embed)

    seen: dict[tuple[str, str], Seen] = {}
    wrong: list[BadInput] = []
    for photo, found in zip(photos, side_by_side(look, photos, threads, device), strict=True):
        if isinstance(found, BadInput):
            wrong.append(found)
        else:
            seen[photo] = found
        progress(1)
    if wrong:
        raise together(wrong, "photos cannot be used")
    chosen = [
        photo
        for person, names in people.items()
        for photo in choose(person, _compared(names, [seen[person, n] for n in names]), smallest)
    ]
    if not any(face.side >= smallest for photo in chosen for face in photo.faces):
        raise BadInput(
            f"album root {root}: found no face of {smallest} pixels or more in any of its "
            f"{len(photos):,} photos; expected photos of people, or their heads' boxes (album.box, "
            "album.boxes)"
        )
    return chosen


def _seen(image: NDArray[np.uint8], find: Find, embed: Embed | None) -> Seen:
    found, turned = find_upright(find, image)
    size = image.shape[1], image.shape[0]
    faces = [_face(found, number, turned, size) for number in range(len(found.scores))]
    if embed is None:
        return Seen(faces, None)
    boxes = [Instance("", "", *face.head(), "", "", None) for face in faces]
    heads = [np.rot90(crop(image, box, where="a face"), turned // 90) for box in boxes]
    return Seen(faces, embed(heads) if heads else np.zeros((0, 1), np.float32))


def _face(found: Faces, number: int, turned: int, size: tuple[int, int]) -> Face:
    x0, y0, x1, y1 = found.boxes[number].tolist()
    points = tuple((x, y) for x, y in found.landmarks[number].tolist())
    score = float(found.scores[number])
    face = Face((x0, y0, x1 - x0, y1 - y0), score, points, turned)
    return replace(face, prominence=prominence(face, size))


def _compared(names: Sequence[str], seen: Sequence[Seen]) -> list[tuple[str, list[Face]]]:
    """Have a person's faces say how alike they are to those in the person's other photos."""
    features = [photo.features for photo in seen if photo.features is not None]
    if not features:
        return [(name, photo.faces) for name, photo in zip(names, seen, strict=True)]
    alike = likenesses(features)
    faces = [with_likeness(p.faces, values) for p, values in zip(seen, alike, strict=True)]
    return list(zip(names, faces, strict=True))
