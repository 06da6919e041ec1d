"""dlib's face recognition ResNet (King 2017): 29 convolutions, 128 features.

Input 150 × 150. The weights are those that the npm package face-api ships, in 8 bits.
"""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, max_pool2d, pad, relu

from aip.recognise.nets import Statistics
from aip.recognise.nets.state import started
from aip.recognise.nets.tfjs import in_torch_order, read_tensors

# Residual blocks after the first convolution: name, channels; those that go down halve the map.
BLOCKS = {
    **dict.fromkeys(("conv32_1", "conv32_2", "conv32_3"), 32),
    **dict.fromkeys(("conv64_down", "conv64_1", "conv64_2", "conv64_3"), 64),
    **dict.fromkeys(("conv128_down", "conv128_1", "conv128_2"), 128),
    **dict.fromkeys(("conv256_down", "conv256_1", "conv256_2", "conv256_down_out"), 256),
}


def build(arch: str, weights: str | None) -> nn.Module:  # noqa: ARG001
    """Build the net; parameters as in `aip.recognise.nets.building.build`.

    ``weights`` is the ``.json`` of face-api's weights, its ``.bin`` beside it, or a state dict.
    """
    return started(Dlib(), weights, ".json", _fill)


def statistics(arch: str, net: nn.Module) -> Statistics:  # noqa: ARG001
    """Return dlib's mean and deviation."""
    return Statistics((122.782, 117.001, 104.298), (256.0, 256.0, 256.0))


class Dlib(nn.Module):
    """(n, 3, 150, 150) normalised images → (n, 128) features."""

    def __init__(self) -> None:
        super().__init__()
        self.conv32_down = _Convolution(3, 32, 7, stride=2)
        channels, blocks = 32, nn.Sequential()
        for name, out in BLOCKS.items():
            blocks.add_module(name, _Residual(channels, out, down="down" in name))
            channels = out
        self.blocks = blocks
        self.fc = nn.Linear(channels, 128, bias=False)

    def forward(self, images: Tensor) -> Tensor:
        """Return the features."""
        x = max_pool2d(relu(self.conv32_down(images)), 3, 2)
        features: Tensor = self.fc(self.blocks(x).mean((2, 3)))
        return features


class _Convolution(nn.Module):
    """A convolution with bias, then a scale and a bias per channel."""

    def __init__(self, channels: int, out: int, kernel: int, stride: int = 1) -> None:
        super().__init__()
        # One that shrinks the map pads nothing.
        self.conv = nn.Conv2d(channels, out, kernel, stride, kernel // 2 if stride == 1 else 0)
        self.scale, self.bias = nn.Parameter(torch.ones(out)), nn.Parameter(torch.zeros(out))

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.conv(x) * self.scale.view(-1, 1, 1) + self.bias.view(-1, 1, 1)
        return y


class _Residual(nn.Module):
    """Two convolutions, added to the input; a block that goes down adds the pooled input."""

    def __init__(self, channels: int, out: int, *, down: bool) -> None:
        super().__init__()
        self.down = down
        self.conv1 = _Convolution(channels, out, 3, 2 if down else 1)
        self.conv2 = _Convolution(out, out, 3)

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv2(relu(self.conv1(x)))
        if self.down:
            x = avg_pool2d(x, 2)
            shape = torch.Size(map(max, zip(x.shape, y.shape, strict=True)))
            x, y = _padded(x, shape), _padded(y, shape)
        return relu(x + y)


def _padded(x: Tensor, shape: torch.Size) -> Tensor:
    """Return a map with zeros after its last channel, row and column, up to a shape."""
    _, channels, height, width = (n - m for n, m in zip(shape, x.shape, strict=True))
    return x if x.shape == shape else pad(x, (0, width, 0, height, 0, channels))


@torch.no_grad()
def _fill(net: Dlib, path: Path) -> None:
    """Fill the net with face-api's tensors, named after the layers."""
    tensors, targets = read_tensors(path), {"fc": net.fc.weight}
    for place, layer in net.named_modules():
        if isinstance(layer, _Convolution):
            name = place.removeprefix("blocks.").replace(".", "/")
            targets[f"{name}/conv/filters"] = layer.conv.weight
            targets[f"{name}/conv/bias"] = layer.conv.get_parameter("bias")
            targets[f"{name}/scale/weights"] = layer.scale
            targets[f"{name}/scale/biases"] = layer.bias
    for name, target in targets.items():
        target.copy_(torch.tensor(in_torch_order(tensors, name, target.shape, str(path))))
