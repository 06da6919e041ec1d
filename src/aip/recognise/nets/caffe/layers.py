"""What Caffe's nets share: pooling, last layers, and local response normalisation."""

import torch
from torch import Tensor, nn


def pool() -> nn.Module:
    """Return a 3 × 3 pooling at stride 2 whose last windows may reach over the edge."""
    return nn.MaxPool2d(3, stride=2, ceil_mode=True)


def last_layers(values: int) -> dict[str, nn.Module]:
    """Return the layers from a map of so many values to the features, fc7."""
    return {
        "flatten": nn.Flatten(),
        "fc6": nn.Linear(values, 4096),
        "relu6": nn.ReLU(),
        "drop6": nn.Dropout(0.5),
        "fc7": nn.Linear(4096, 4096),
        "relu7": nn.ReLU(),
        "drop7": nn.Dropout(0.5),
    }


class ResponseNorm(nn.Module):
    """Local response normalisation across five channels (Krizhevsky et al. 2012, section 3.3).

    x / (1 + α/5 · Σ x²)^β with α = 1e-4 and β = 0.75. The sum over neighbours is a convolution with
    a band matrix: PyTorch's own layer is several times slower, and has no bfloat16 on a CPU.

    Parameters
    ----------
    channels : int
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        number = torch.arange(channels)
        band = ((number[:, None] - number).abs() <= 2).float()
        self.register_buffer("band", band[..., None, None], persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return (n, channels, height, width) normalised."""
        neighbours = nn.functional.conv2d(x.square(), self.get_buffer("band"))
        return x * (1 + 1e-4 / 5 * neighbours).pow(-0.75)
