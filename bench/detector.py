"""How well and how fast faces are found: on photos of people, turned ones, and such without faces.

Run by hand, such as
  python bench/detector.py path/to/centerface.onnx path/to/lfw
The folder is Labeled Faces in the Wild, 250×250 pixels, whose heads are at x 60–190 and y 40–192.
Everything runs in one thread; the memory is that of a process that finds the faces of one photo.
"""

import argparse
import multiprocessing
import resource
import time
from pathlib import Path

import numpy as np
import skimage
import sklearn.datasets
import torch
from PIL import Image

from aip.album.faces import Face
from aip.album.photo import read_photo
from aip.recognise.detector import Detector, Faces
from aip.recognise.upright import find_upright

HEAD = np.array([60, 40, 190, 192])  # x0, y0, x1, y1
MEGAPIXELS = {1: (1155, 866), 4: (2309, 1732), 12: (4000, 3000), 24: (6000, 4000)}
# Pictures of scikit-image with faces: of people, and a relief of heads on coins.
WITH_FACES = ("astronaut", "camera", "coins")


def heads(found: Faces, turned: int) -> np.ndarray:
    """Return the (n, 4) boxes of heads: x0, y0, x1, y1."""
    boxes = []
    for x0, y0, x1, y1 in found.boxes.tolist():
        x, y, width, height = Face((x0, y0, x1 - x0, y1 - y0), 1.0, (), turned).head()
        boxes.append([x, y, x + width, y + height])
    return np.array(boxes).reshape(-1, 4)


def central(boxes: np.ndarray) -> np.ndarray:
    """Return the box nearest to the middle of a photo of LFW."""
    away = np.linalg.norm((boxes[:, :2] + boxes[:, 2:]) / 2 - 125, axis=1)
    return boxes[away.argmin()]


def upright(detector: Detector, photos: list[np.ndarray]) -> None:
    found = [heads(*find_upright(detector, photo)) for photo in photos]
    boxes = np.array([central(each) for each in found if len(each)])
    off = boxes - HEAD
    size = boxes[:, 2:] - boxes[:, :2] - (HEAD[2:] - HEAD[:2])
    print(f"LFW, upright: found in {len(boxes)} of {len(photos)} photos")
    print(f"  median off: left, top, right, bottom {np.median(off, 0)}")
    print(f"  median absolute: left, top, right, bottom {np.median(np.abs(off), 0)}")
    print(f"  median off: width, height {np.median(size, 0)}")


def turned(detector: Detector, photos: list[np.ndarray]) -> None:
    for degrees in (45, 90, 180, 270):
        lying = [
            np.array(Image.fromarray(p).rotate(degrees, Image.Resampling.BICUBIC)) for p in photos
        ]
        plain = sum(len(faces.scores) > 0 for faces in detector(lying))
        both = [find_upright(detector, photo) for photo in lying]
        found = sum(len(faces.scores) > 0 for faces, _ in both)
        print(f"LFW, turned by {degrees}°: {plain} of {len(lying)}, with the fallback {found}")


def small(detector: Detector, photos: list[np.ndarray]) -> None:
    """Photos reduced so that their faces are about 20 pixels wide, on a page of 640."""
    found = 0
    for photo in photos:
        page = np.full((480, 640, 3), 128, np.uint8)
        page[200:250, 300:350] = np.array(
            Image.fromarray(photo).resize((50, 50), Image.Resampling.LANCZOS)
        )
        (faces,) = detector([page])
        found += len(faces.scores) > 0
    print(f"LFW, faces of about 19 pixels: {found} of {len(photos)}")


def faceless(detector: Detector) -> None:
    folders = (Path(skimage.data_dir), Path(sklearn.datasets.__file__).parent / "images")
    paths = [
        path
        for folder in folders
        for path in sorted(folder.iterdir())
        if path.suffix in (".png", ".jpg", ".gif") and path.stem not in WITH_FACES
    ]
    upright, any_way = 0, 0
    for path in paths:
        photo = read_photo(path)
        (faces,) = detector([photo])
        found, degrees = find_upright(detector, photo)
        upright += len(faces.scores)
        any_way += len(found.scores)
        if len(found.scores):
            print(f"  {path.name}: turned by {degrees}°, scores {found.scores.round(2)}")
    print(f"without faces: {upright} boxes in {len(paths)} pictures, with the fallback {any_way}")


def one(detector: Path, photo: Path, size: tuple[int, int]) -> tuple[float, float, float]:
    """Return seconds, and MiB before and at most, of finding faces in a photo of some size."""
    torch.set_num_threads(1)
    found = Detector.load(detector)
    image = np.array(Image.fromarray(read_photo(photo)).resize(size))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    spent = []
    for _ in range(3):
        started = time.process_time()
        found([image])
        spent.append(time.process_time() - started)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return float(np.median(spent)), before, most


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("detector", type=Path)
    parser.add_argument("faces", type=Path)
    parser.add_argument("--photos", type=int, default=300)
    options = parser.parse_args()
    torch.set_num_threads(1)
    paths = sorted(options.faces.glob("*/*.jpg"))
    chosen = np.random.default_rng(1).choice(len(paths), options.photos, replace=False)
    photos = [read_photo(paths[i]) for i in chosen]
    detector = Detector.load(options.detector)
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for number, size in MEGAPIXELS.items():
            seconds, before, most = pool.apply(one, (options.detector, paths[0], size))
            print(
                f"{number} MP: {seconds * 1000:.0f} ms, {before:.0f} MiB before, {most:.0f} at most"
            )
    upright(detector, photos)
    small(detector, photos)
    faceless(detector)
    turned(detector, photos)


if __name__ == "__main__":
    main()
