"""A small PIPA: lines of the real annotation, and photos with rendered people in its boxes."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from aip.album.annotation import Annotation, clipped
from aip.album.index import Instance
from aip.album.synthetic import render

SIZE = (1024, 1024)
PEOPLE = {"1": 6, "2": 5, "3": 2}  # by the number of their subset
HEADS = range(10, 15)  # of each of them


def cut(real: Path, folder: Path) -> dict[str, str]:
    """Write the annotation's lines of a few people, and return its checksums."""
    lines = [line.split() for line in (real / "all_data.txt").read_text().splitlines()]
    heads = Counter((line[7], line[6]) for line in lines)
    chosen = set()
    for subset, people in PEOPLE.items():
        known = [key for key, count in heads.items() if key[0] == subset and count in HEADS]
        chosen |= set(known[:people])
    folder.mkdir(parents=True)
    checksums = {}
    for path in sorted(real.glob("*.txt")):
        kept = [
            line
            for line in path.read_text().splitlines(keepends=True)
            if tuple(line.split()[7:5:-1]) in chosen
        ]
        (folder / path.name).write_text("".join(kept))
        checksums[path.name] = hashlib.sha256("".join(kept).encode()).hexdigest()
    return checksums


def photos(annotation: Path, scratch: Path) -> dict[Instance, Image.Image]:
    """Draw the photo of every head; heads of one photo have the same one."""
    instances = Annotation(annotation / "all_data.txt").instances
    portraits = _portraits(instances, scratch)
    backdrop = np.random.default_rng(0).integers(90, 130, (*SIZE[::-1], 3), dtype=np.uint8)
    drawn: dict[tuple[str, str], Image.Image] = {}
    for instance in instances:
        xmin, ymin, width, height = clipped(instance)
        photo = drawn.setdefault((instance.photoset, instance.photo), Image.fromarray(backdrop))
        if min(width, height) > 0:
            photo.paste(portraits[instance].resize((width, height)), (xmin, ymin))
    return {instance: drawn[instance.photoset, instance.photo] for instance in instances}


def crop(instance: Instance, photo: Image.Image) -> Image.Image:
    """Return a head as the authors would have cut it out, clipped to the photo."""
    xmin, ymin, width, height = clipped(instance)
    return photo.crop((xmin, ymin, min(xmin + width, SIZE[0]), min(ymin + height, SIZE[1])))


def _portraits(instances: Iterable[Instance], scratch: Path) -> dict[Instance, Image.Image]:
    """Render every identity as one person, with another photo of them for each of their heads."""
    of = defaultdict(list)
    for instance in instances:
        of[instance.identity].append(instance)
    sizes = {"train_identities": 0, "val_identities": len(of)}
    most = max(map(len, of.values()))
    rows = render(scratch, seed=1, **sizes, heads_per_identity=most, workers=1, progress=None)
    rendered = defaultdict(list)
    for row in rows:
        rendered[row.identity].append(row)
    found = {}
    for heads, of_person in zip(of.values(), rendered.values(), strict=True):
        for instance, row in zip(heads, of_person, strict=False):
            photo = Image.open(scratch / f"{row.photoset}_{row.photo}.jpg")
            box = (row.xmin, row.ymin, row.xmin + row.width, row.ymin + row.height)
            found[instance] = photo.crop(box)
    return found
