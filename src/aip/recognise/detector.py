"""Finding faces: CenterFace (Xu et al. 2019, arXiv:1911.03599), or a net with its four outputs."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from aip.compute.blocks import BLOCK, blocks
from aip.compute.device import CPU, move
from aip.errors import BadInput
from aip.recognise.nets import onnx
from aip.recognise.nets.published import fetch_weights, is_published

STRIDE = 4  # pixels of the input for one of the heat map
MULTIPLE = 32  # of which both sides of the input are multiples
LONGEST = 1920  # pixels of the longer side; larger images are reduced to it
SHORTEST = 256  # pixels of the longer side; smaller images are enlarged to it
HEAT = 0.5  # above which the heat map says that a face's centre is there
OVERLAP = 0.3  # intersection over union with a face of a higher score, above which it is the same
AT_ONCE = 4 * LONGEST**2  # pixels of a batch on a GPU
CHANNELS = (1, 2, 2, 10)  # of heat, scale, offset and landmarks


def detector_file(given: str) -> Path:
    """Return the file of a detector that is given by name or as a file, fetching it if it must.

    Raises
    ------
    BadInput
        As for `aip.recognise.nets.published.fetch_weights`.
    """
    return fetch_weights("centerface", given) if is_published(given) else Path(given)


class Faces(NamedTuple):
    """The faces of an image, those of the highest score first.

    Attributes
    ----------
    boxes : (n, 4) float32 array
        x0, y0, x1, y1 in pixels of the image, from its upper left corner; a box may reach past the
        image's edge.
    scores : (n,) float32 array
        From 0.5 to 1.
    landmarks : (n, 5, 2) float32 array
        x, y in pixels: the eyes, the tip of the nose and the corners of the mouth; of a pair, the
        one further left in an upright face comes first.
    """

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    landmarks: NDArray[np.float32]


class Detector:
    """Finds faces in images; what it finds in one does not depend on the others.

    Parameters
    ----------
    net : Module
        (n, 3, height, width) RGB images of 0–255, both sides multiples of 32 → heat (n, 1, h, w),
        scale and offset (n, 2, h, w) and landmarks (n, 10, h, w), where h and w are a quarter of
        the height and width.
    device : torch.device
        Where it computes.
    """

    def __init__(self, net: nn.Module, device: torch.device = CPU) -> None:
        self._net = net.to(device).eval().requires_grad_(requires_grad=False)
        self._device = device

    @classmethod
    def load(cls, path: Path, device: torch.device = CPU) -> Self:
        """Load a detector from an ONNX file.

        Raises
        ------
        BadInput
            The file cannot be read, or its net has other outputs than a detector's.
        """
        net = onnx.load(path)
        side, quarter = 2 * MULTIPLE, 2 * MULTIPLE // STRIDE
        expected = [(1, channels, quarter, quarter) for channels in CHANNELS]
        try:
            with torch.inference_mode():
                outputs = net.eval()(torch.zeros(1, 3, side, side))
            shapes = [tuple(output.shape) for output in outputs]
        except (RuntimeError, TypeError, AttributeError) as error:
            reason = " ".join(str(error).split())
            raise BadInput(f"{path}: the net finds no faces in an image: {reason}") from error
        if shapes != expected:
            raise BadInput(
                f"{path}: found a net that gives {shapes} for an image of {side} × {side} pixels, "
                f"expected a face detector's heat, scale, offset and landmarks, {expected}"
            )
        return cls(net, device)

    def __call__(self, images: Sequence[NDArray[np.uint8]]) -> list[Faces]:
        """Find the faces of images.

        An image whose longer side has more than 1,920 pixels is reduced to it, one of less than 256
        is enlarged to it, and zeros fill up both sides to multiples of 32 pixels. On a GPU, images
        that then have one size are looked at together.

        Parameters
        ----------
        images : sequence of (h, w, 3) uint8 arrays
            RGB, each of its own size.

        Returns
        -------
        list of Faces
        """
        inputs, by_size = [], defaultdict(list)
        for number, image in enumerate(images):
            inputs.append(_resized(image))
            by_size[_padded(inputs[-1])].append(number)
        found: dict[int, Faces] = {}
        for size, numbers in by_size.items():
            for block, valid in blocks(len(numbers), self._batch(size)):
                members = [numbers[int(i)] for i in block]
                outputs = self._outputs([inputs[n] for n in members], size)
                for n, *maps in list(zip(members, *outputs, strict=True))[:valid]:
                    found[n] = _scaled(_decoded(*maps), inputs[n], images[n])
        return [found[number] for number in range(len(images))]

    def _batch(self, size: tuple[int, int]) -> int:
        """Return how many images are looked at together, always as many of one size."""
        if self._device.type == "cpu":
            return 1
        return max(1, min(BLOCK, AT_ONCE // (size[0] * size[1])))

    def _outputs(
        self, images: Sequence[NDArray[np.uint8]], size: tuple[int, int]
    ) -> list[NDArray[np.float32]]:
        batch = torch.zeros(len(images), 3, *size)
        for image, place in zip(images, batch, strict=True):
            height, width = image.shape[:2]
            place[:, :height, :width] = torch.from_numpy(image).permute(2, 0, 1)
        with torch.inference_mode():
            outputs: Sequence[Tensor] = self._net(move(batch, self._device))
        return [output.float().cpu().numpy() for output in outputs]


def _resized(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    longer = max(height, width)
    factor = min(max(longer, SHORTEST), LONGEST) / longer
    if factor == 1:
        return np.array(image)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return np.array(Image.fromarray(image).resize(size, Image.Resampling.BILINEAR))


def _padded(image: NDArray[np.uint8]) -> tuple[int, int]:
    height, width = (-(-side // MULTIPLE) * MULTIPLE for side in image.shape[:2])
    return height, width


def _decoded(
    heat: NDArray[np.float32],
    scale: NDArray[np.float32],
    offset: NDArray[np.float32],
    landmarks: NDArray[np.float32],
) -> Faces:
    """Read faces from the maps of one image, as the authors' code does, in pixels of the input."""
    rows, columns = np.nonzero(heat[0] > HEAT)
    scores = heat[0, rows, columns]
    order = np.argsort(-scores, kind="stable")
    rows, columns, scores = rows[order], columns[order], scores[order]
    # Maps have y before x.
    height_width = np.exp(scale[:, rows, columns].T) * STRIDE
    centre = (np.stack([rows, columns], 1) + offset[:, rows, columns].T + 0.5) * STRIDE
    corner = centre - height_width / 2
    points = landmarks[:, rows, columns].T.reshape(-1, 5, 2)
    points = points * height_width[:, None] + corner[:, None]
    boxes = np.concatenate([corner[:, ::-1], (corner + height_width)[:, ::-1]], 1)
    boxes, points = boxes.astype(np.float32), points[:, :, ::-1].astype(np.float32)
    kept = _apart(boxes)
    return Faces(boxes[kept], scores[kept], points[kept])


def _apart(boxes: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the positions of the boxes that are left by greedy non-maximum suppression."""
    corner, end = boxes[:, :2], boxes[:, 2:]
    area = (end - corner).prod(1)
    waiting, kept = np.arange(len(boxes)), []
    while len(waiting):
        first, waiting = waiting[0], waiting[1:]
        kept.append(first)
        sides = np.minimum(end[first], end[waiting]) - np.maximum(corner[first], corner[waiting])
        shared = sides.clip(0).prod(1)
        waiting = waiting[shared <= OVERLAP * (area[first] + area[waiting] - shared)]
    return np.array(kept, np.int64)


def _scaled(faces: Faces, small: NDArray[np.uint8], image: NDArray[np.uint8]) -> Faces:
    """Return the faces of a resized image in pixels of the image, if their centres lie in it."""
    size = np.array(image.shape[1::-1], np.float32)
    factor = size / np.array(small.shape[1::-1], np.float32)
    boxes = faces.boxes * np.tile(factor, 2)
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    inside = ((centre >= 0) & (centre <= size)).all(1)
    landmarks = np.asarray(faces.landmarks * factor, np.float32)
    return Faces(boxes[inside], faces.scores[inside], landmarks[inside])
