"""The recogniser as one object: heads in, one score per identity out, differentiable."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import normalize

from aip.compute.device import CPU
from aip.errors import BadInput
from aip.process.resize import resize, resize_reproducibly
from aip.process.warp import warp
from aip.recognise.nets import IMAGENET, Statistics
from aip.recognise.nets.building import load as load_net
from aip.recognise.template import Template, is_spread, similarity
from aip.store.hdf5 import read_text, reading


class Rows(NamedTuple):
    """A classifier as a `Recogniser` has it: rows that score, each for an identity.

    Attributes
    ----------
    weight : (rows, d) float32 tensor
    bias : (rows,) float32 tensor
    identities : (identities,) text array
    owners : (rows,) int64 tensor or None
        Whose entry of a gallery each row is; None for an SVM, which has one row per identity.
    """

    weight: Tensor
    bias: Tensor
    identities: NDArray[np.str_]
    owners: Tensor | None


class Recogniser(nn.Module):
    """A convnet's features and a linear SVM or a gallery of them, every parameter frozen.

    Parameters
    ----------
    net : Module
        (n, 3, height, width) normalised images → (n, d) features; see `aip.recognise.nets`.
    weight : (rows, d) tensor
    bias : (rows,) tensor
        The one-versus-rest SVM, a row for each identity; or the unit embeddings of a gallery, and
        zeros.
    identities : (identities,) text array
        Who each score belongs to.
    input_size : (height, width)
        Of the net's input, in pixels.
    statistics : Statistics
        How the net's input is normalised.
    dtype : torch.dtype
        The number type in which the net computes. Scores are float32, or float64 if the net is.
    template : sequence of (x, y), optional
        Where the net wants to see the five landmarks of a face, in pixels of its input; see
        `aip.recognise.template`. Without it, the net sees all of a head, resized.
    owners : (rows,) int64 tensor, optional
        Makes it a gallery: whose embedding each row is, as a position in `identities`. Features are
        then scaled to unit length, and an identity's score is its highest cosine.
    """

    owners: Tensor | None

    def __init__(
        self,
        net: nn.Module,
        weight: Tensor,
        bias: Tensor,
        identities: NDArray[np.str_],
        input_size: tuple[int, int],
        statistics: Statistics = IMAGENET,
        dtype: torch.dtype = torch.float32,
        template: Template | None = None,
        owners: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.template = template
        self.net = net.to(dtype).to(memory_format=torch.channels_last)
        self.dtype = dtype
        self.identities = identities
        self.input_size = input_size
        self.statistics = statistics
        exact = torch.promote_types(dtype, torch.float32)
        self.weight, self.bias = nn.Parameter(weight.to(exact)), nn.Parameter(bias.to(exact))
        self.register_buffer("owners", owners)
        self.requires_grad_(False)
        self.eval()

    @classmethod
    def load(
        cls, definition: dict[str, Any], net: Path, svm: Path, device: torch.device = CPU
    ) -> Self:
        """Load a recogniser from its artifacts to a device."""
        dtype = compute_dtype(definition["precision"], device)
        features, statistics = load_net(
            definition["arch"], definition["feature_layer"], net, definition.get("normalise")
        )
        height, width = definition["input_size"]
        template = definition.get("template")
        weight, bias, identities, owners = read_rows(svm)
        size = height, width
        loaded = cls(features, weight, bias, identities, size, statistics, dtype, template, owners)
        return loaded.to(device)

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self.weight.device

    def view(self, head: Tensor, landmarks: NDArray[np.float64] | None = None) -> Tensor:
        """Return what the net sees of a head: its input, with a gradient that rounds alike always.

        Parameters
        ----------
        head : (1, 3, h, w) float tensor
            0–255.
        landmarks : (5, 2) array, optional
            Of its face, x and y in pixels. A recogniser with a template brings them there; where
            they are None, NaN or all one place, it sees the head resized, as one without does.

        Returns
        -------
        (1, 3, *input_size) float tensor
        """
        return view(head, self.input_size, self.template, landmarks)

    def features(self, images: Tensor) -> Tensor:
        """Return the (n, d) features of (n, 3, height, width) images on the 0–255 scale."""
        normalised = normalise(images, self.statistics).to(
            self.dtype, memory_format=torch.channels_last
        )
        features: Tensor = self.net(normalised)
        return features.to(self.weight.dtype)

    def forward(self, images: Tensor) -> Tensor:
        """Return the (n, identities) scores of (n, 3, height, width) images on the 0–255 scale."""
        return self.classify(self.features(images))

    def classify(self, features: Tensor) -> Tensor:
        """Return the (n, identities) scores of (n, d) features.

        Raises
        ------
        BadInput
            The features are not as many as those that the people were enrolled with.
        """
        if features.shape[1:] != self.weight.shape[1:]:
            found = " × ".join(map(str, features.shape[1:]))
            raise BadInput(
                f"found an embedding of {found} numbers, expected {self.weight.shape[1]}, as those "
                "of the enrolled heads have"
            )
        if self.owners is None:
            return features @ self.weight.T + self.bias
        cosines = normalize(features) @ self.weight.T + self.bias
        return highest(cosines, self.owners, len(self.identities))

    def labels(self, identities: NDArray[np.str_]) -> NDArray[np.int64]:
        """Return the position of each identity among the scores."""
        order = {str(identity): label for label, identity in enumerate(self.identities)}
        return np.array([order[str(identity)] for identity in identities], dtype=np.int64)


def highest(scores: Tensor, owners: Tensor, identities: int) -> Tensor:
    """Return each identity's highest score; of equal ones, each has a share of the gradient.

    Parameters
    ----------
    scores : (n, entries) tensor
    owners : (entries,) int64 tensor
        Whose entry each is.
    identities : int

    Returns
    -------
    (n, identities) tensor

    Examples
    --------
    >>> highest(torch.tensor([[1.0, 3.0, 2.0]]), torch.tensor([0, 0, 1]), 2).tolist()
    [[3.0, 2.0]]
    """
    lowest = scores.new_full((len(scores), identities), -torch.inf)
    return lowest.scatter_reduce(1, owners.expand_as(scores), scores, "amax")


def read_rows(path: Path) -> Rows:
    """Read the classifier that `aip.recognise.classifier.write_classifier` wrote."""
    with reading(path) as file:
        identities = read_text(file, "identities")
        if "owners" in file:
            entries, owners = (torch.from_numpy(file[name][()]) for name in ("entries", "owners"))
            return Rows(entries, torch.zeros(len(entries)), identities, owners)
        weight, bias = (torch.from_numpy(file[name][()]) for name in ("weight", "bias"))
        return Rows(weight, bias, identities, None)


def normalise(images: Tensor, statistics: Statistics) -> Tensor:
    """Subtract the mean and divide by the deviation; images are on the 0–255 scale."""
    mean, deviation = (_per_channel(v, images.dtype, images.device) for v in statistics)
    return (images - mean) / deviation


@lru_cache(maxsize=32)
def _per_channel(values: tuple[float, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    """Return a (3, 1, 1) tensor, brought to a device once and not at every step."""
    # Autograd could not later use a tensor that was made in inference mode.
    with torch.inference_mode(mode=False):
        return torch.tensor(values, dtype=dtype, device=device).view(3, 1, 1)


def view(
    head: Tensor,
    size: Sequence[int],
    template: Template | None,
    landmarks: NDArray[np.float64] | None,
) -> Tensor:
    """Bring a (1, 3, h, w) head to an input, as `Recogniser.view` does with its own template."""
    height, width = size
    if template is None or landmarks is None or not is_spread(landmarks):
        return resize_reproducibly(head, height, width)
    return warp(head, similarity(landmarks, template), height, width)


def to_input(image: NDArray[np.uint8], size: Sequence[int]) -> Tensor:
    """Resize an 8-bit (h, w, 3) head to a (3, height, width) float32 input, 0–255."""
    height, width = size
    return resize(as_tensor(image), height, width)[0]


def as_tensor(image: NDArray[np.uint8]) -> Tensor:
    """Return an 8-bit (h, w, 3) head as a (1, 3, h, w) float32 tensor, 0–255."""
    return torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None].float()


def compute_dtype(precision: str, device: torch.device = CPU) -> torch.dtype:
    """Return the number type in which a net computes.

    Parameters
    ----------
    precision : str
        ``float32``; ``tfloat32``, which is float32 whose convolutions a GPU rounds before it
        multiplies (`aip.compute.computing.computing`); ``bfloat16``; or ``auto``: bfloat16 where
        the device multiplies in it.
    device : torch.device
        Where it computes.
    """
    if precision == "auto":
        fast = (
            torch.cuda.is_bf16_supported(including_emulation=False)
            if device.type == "cuda"
            else torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
        )
        precision = "bfloat16" if fast else "float32"
    return torch.bfloat16 if precision == "bfloat16" else torch.float32
