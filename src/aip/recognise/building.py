"""Recognisers of one's own: loaded from a study's files, or built from a net and some heads."""

import copy
import json
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from aip.compute.blocks import blocks
from aip.compute.device import move
from aip.compute.scalars import check_size
from aip.errors import BadInput, unknown
from aip.recognise.classifier import CLASSIFIERS, rows, teach
from aip.recognise.finding import aligned
from aip.recognise.interface import check_head, check_landmarks, check_seed, device_of
from aip.recognise.nets import IMAGENET, Statistics
from aip.recognise.recogniser import Recogniser
from aip.recognise.template import Template, check_template
from aip.store.hdf5 import reading


def load_recogniser(
    folder: str | PathLike[str],
    *,
    svm: str = "svm.h5",
    net: str | PathLike[str] | None = None,
    device: torch.device | str = "cpu",
) -> Recogniser:
    """Load a recogniser that a study made.

    Parameters
    ----------
    folder : path
        Such as ``results/demo/recognisers/small``.
    svm : str
        The name of its classifier's file; a study that goes in both directions has one for each.
    net : path, optional
        The file of its net, if it shares another recogniser's; by default ``net.pt``.
    device : torch.device or str

    Raises
    ------
    BadInput
        A file is missing or damaged.
    """
    path = Path(folder, svm)
    with reading(path) as file:
        definition = json.loads(file.attrs["definition"])
    weights = Path(folder, "net.pt") if net is None else Path(net)
    return Recogniser.load(definition, weights, path, torch.device(device))


def build_recogniser(
    net: nn.Module,
    heads: Sequence[NDArray[np.uint8]],
    identities: Sequence[str],
    *,
    input_size: tuple[int, int],
    statistics: Statistics = IMAGENET,
    seed: int = 1,
    classifier: str = "svm",
    template: Template | None = None,
    landmarks: NDArray[np.float64] | None = None,
) -> Recogniser:
    """Enrol people: teach a classifier a net's features of their heads.

    Parameters
    ----------
    net : Module
        (n, 3, height, width) normalised images → (n, d) features. It stays as it is: the
        recogniser has a copy, on the same device.
        `aip.recognise.nets.building.build` makes one from an architecture's name and weights.
    heads : sequence of (h, w, 3) uint8 arrays
        Each of its own size.
    identities : sequence of str
        Who each head is: at least two people.
    input_size : (height, width)
        Of the net's input, in pixels; heads are resized to it.
    statistics : Statistics
        How the net's input is normalised.
    seed : int
        Orders LIBLINEAR's coordinate descent; from 0 to 2**32 − 1.
    classifier : str
        ``svm``, a linear SVM; or by cosine, to each enrolled head, ``cosine``, or to the mean of a
        person's, ``centroid``.
    template : sequence of (x, y), optional
        Where the net wants to see the five landmarks of a face, in pixels of its input, such as
        `aip.recognise.template.arcface` gives them.
    landmarks : (n, 5, 2) array, optional
        Of each head's face, x and y in pixels of the head, NaN where there is none; needed with a
        template.

    Returns
    -------
    Recogniser
        It scores the identities in alphabetical order, `Recogniser.identities`.

    Raises
    ------
    BadInput
        An argument is not as described here; heads and identities differ in number; there are
        fewer than two people; or the net does not give finite (n, d) features.
    """
    if not isinstance(net, nn.Module):
        raise BadInput(f"net: found {type(net).__name__}, expected a torch.nn.Module")
    input_size = check_size(input_size, where="input_size")
    statistics = _checked_statistics(statistics)
    if not 0 <= (seed := check_seed(seed)) < 2**32:
        raise BadInput(f"seed: found {seed}, expected 0 to {2**32 - 1}")
    if classifier not in CLASSIFIERS:
        raise unknown("classifier", "classifier", classifier, CLASSIFIERS)
    if template is not None:
        template = check_template(template, input_size, where="template")
    if (template is None) != (landmarks is None):
        lacking = "template" if template is None else "landmarks"
        raise BadInput(f"{lacking}: found None, expected both template and landmarks, or neither")
    names = np.array([str(identity) for identity in identities])
    if len(heads) != len(names):
        raise BadInput(f"heads: found {len(heads)}, and {len(names)} identities")
    if len(set(names.tolist())) < 2:
        raise BadInput(f"identities: found {len(set(names.tolist()))}, expected at least 2")
    places = landmarks
    if landmarks is not None:
        places = check_landmarks(landmarks, len(heads), where="landmarks")
    for number, head in enumerate(heads):
        check_head(head, where=f"heads[{number}]")
    own, device = copy.deepcopy(net), device_of(net)
    nobody = torch.zeros(0, 1)
    eyes = Recogniser(own, nobody, nobody[:, 0], np.array([], str), input_size, statistics)
    eyes.template = template
    features = []
    for block, valid in blocks(len(heads)):
        inputs = torch.stack(
            [aligned(eyes, heads[i], None if places is None else places[i]) for i in block.tolist()]
        )
        with torch.inference_mode():
            found = eyes.features(move(inputs, device))
        if found.ndim != 2 or len(found) != len(inputs) or not bool(found.isfinite().all()):
            raise BadInput(
                f"{type(net).__name__}: found features of shape {tuple(found.shape)} for "
                f"{len(inputs)} heads, expected finite ones of shape ({len(inputs)}, d)"
            )
        features.append(found.cpu().numpy()[:valid])
    weight, bias, people, owners = rows(teach(classifier, np.concatenate(features), names, seed))
    built = Recogniser(own, weight, bias, people, input_size, statistics, owners=owners)
    built.template = template
    return built.to(device)


def _checked_statistics(statistics: Statistics) -> Statistics:
    wrong = BadInput(
        f"statistics: found {statistics!r}, expected the means and the deviations of 3 channels"
    )
    try:
        found = np.asarray(statistics, np.float64)
    except (TypeError, ValueError) as error:
        raise wrong from error
    if found.shape != (2, 3) or not np.isfinite(found).all() or found[1].min() <= 0:
        raise wrong
    mean, deviation = (tuple(values) for values in found.tolist())
    return Statistics(mean, deviation)
