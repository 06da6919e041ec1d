"""Finding the five landmarks of the face in a head, with a face detector."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from aip.compute.device import CPU
from aip.recognise.detector import Detector, detector_file
from aip.recognise.finding import Find
from aip.recognise.template import POINTS

MARGIN = 0.25  # of a head's sides; a detector knows faces with something around them


def load(detector: str, device: torch.device = CPU) -> Find:
    """Load a detector by its name or file, and return what finds landmarks with it, as `find`."""
    return partial(find, Detector.load(detector_file(detector), device))


def find(detector: Detector, heads: Sequence[NDArray[np.uint8]]) -> NDArray[np.float64]:
    """Find the landmarks of the face in each head: of several, the one of the highest score.

    Parameters
    ----------
    detector : Detector
        Finds the faces of images, those of the highest score first.
    heads : sequence of (h, w, 3) uint8 arrays
        Each of its own size. A box may lie close around a face, so a margin of its edge's pixels is
        put around it.

    Returns
    -------
    (n, 5, 2) float64 array
        x and y in pixels of each head; whole numbers are the centres of pixels. NaN where no face
        is found.
    """
    found = np.full((len(heads), POINTS, 2), np.nan)
    margins = [[round(MARGIN * side) for side in head.shape[:2]] for head in heads]
    seen = [_with_margin(*each) for each in zip(heads, margins, strict=True)]
    for landmarks, faces, (above, beside) in zip(found, detector(seen), margins, strict=True):
        if len(faces.scores):
            # A detector counts from an image's corner, half a pixel before the first centre.
            landmarks[:] = faces.landmarks[0] - np.array([beside, above]) - 0.5
    return found


def _with_margin(head: NDArray[np.uint8], margin: Sequence[int]) -> NDArray[np.uint8]:
    above, beside = margin
    return np.pad(head, ((above, above), (beside, beside), (0, 0)), mode="edge")
