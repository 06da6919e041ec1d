"""The recogniser as one object: heads in, one score per identity out, differentiable."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from aip.compute.device import CPU
from aip.process.resize import resize, resize_reproducibly
from aip.process.warp import warp
from aip.recognise.nets import IMAGENET, Statistics
from aip.recognise.nets.building import load as load_net
from aip.recognise.template import Template, is_spread, similarity
from aip.store.hdf5 import read_text, reading


class Recogniser(nn.Module):
    """A convnet's features and a linear SVM on them, every parameter frozen.

    Parameters
    ----------
    net : Module
        (n, 3, height, width) normalised images → (n, d) features; see `aip.recognise.nets`.
    weight : (identities, d) tensor
    bias : (identities,) tensor
        The one-versus-rest SVM.
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
    """

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
        self.requires_grad_(False)
        self.eval()

    @classmethod
    def load(
        cls, definition: dict[str, Any], net: Path, svm: Path, device: torch.device = CPU
    ) -> Self:
        """Load a recogniser from its artifacts to a device."""
        dtype = compute_dtype(definition["precision"], device)
        features, statistics = load_net(definition["arch"], definition["feature_layer"], net)
        height, width = definition["input_size"]
        template = definition.get("template")
        loaded = cls(features, *read_svm(svm), (height, width), statistics, dtype, template)
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
        if self.template is None or landmarks is None or not is_spread(landmarks):
            return resize_reproducibly(head, *self.input_size)
        return warp(head, similarity(landmarks, self.template), *self.input_size)

    def features(self, images: Tensor) -> Tensor:
        """Return the (n, d) features of (n, 3, height, width) images on the 0–255 scale."""
        normalised = normalise(images, self.statistics).to(
            self.dtype, memory_format=torch.channels_last
        )
        features: Tensor = self.net(normalised)
        return features.to(self.weight.dtype)

    def forward(self, images: Tensor) -> Tensor:
        """Return the (n, identities) scores of (n, 3, height, width) images on the 0–255 scale."""
        return self.features(images) @ self.weight.T + self.bias

    def labels(self, identities: NDArray[np.str_]) -> NDArray[np.int64]:
        """Return the position of each identity among the scores."""
        order = {str(identity): label for label, identity in enumerate(self.identities)}
        return np.array([order[str(identity)] for identity in identities], dtype=np.int64)


def read_svm(path: Path) -> tuple[Tensor, Tensor, NDArray[np.str_]]:
    """Read an SVM's weight, bias and identities, as a recogniser has them."""
    with reading(path) as file:
        weight, bias = torch.from_numpy(file["weight"][()]), torch.from_numpy(file["bias"][()])
        return weight, bias, read_text(file, "identities")


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
