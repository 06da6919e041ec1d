"""FaceRes (Savchenko 2019): a MobileNet (Howard et al. 2017) taught faces; 1024 features.

Input 224 × 224. The weights are those that the npm package human-models ships, in half precision:
``faceres.json``, a graph of TensorFlow.js, and ``faceres.bin``. Its heads for age and gender are
left out.
"""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from aip.recognise.nets import Statistics
from aip.recognise.nets.state import started
from aip.recognise.nets.tfjs import in_torch_order, read_tensors

# Each block's channels, and the stride of its depthwise convolution.
BLOCKS = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2)]
BLOCKS.append((1024, 1))


def build(arch: str, weights: str | None) -> nn.Module:  # noqa: ARG001
    """Build the net; parameters as in `aip.recognise.nets.building.build`.

    ``weights`` is ``faceres.json``, ``faceres.bin`` beside it, or a state dict.
    """
    return started(FaceRes(), weights, ".json", _fill)


def statistics(arch: str, net: nn.Module) -> Statistics:  # noqa: ARG001
    """Return the mean of VGGFace's images, and a deviation of 1."""
    return Statistics((123.68, 116.779, 103.939), (1.0, 1.0, 1.0))


class FaceRes(nn.Module):
    """(n, 3, 224, 224) normalised images, RGB → (n, 1024) features."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = _Convolution(3, 32, 3, stride=2)
        channels, blocks = 32, nn.Sequential()
        for number, (out, stride) in enumerate(BLOCKS, start=1):
            deep = _Convolution(channels, channels, 3, stride=stride, groups=channels)
            blocks.add_module(f"conv_dw_{number}", deep)
            blocks.add_module(f"conv_pw_{number}", _Convolution(channels, out, 1))
            channels = out
        self.blocks = blocks

    def forward(self, images: Tensor) -> Tensor:
        """Return the features."""
        maps: Tensor = self.blocks(self.conv1(images))
        return maps.mean((2, 3))


class _Convolution(nn.Module):
    """A convolution with bias, padded as in TensorFlow, and ReLU up to 6."""

    def __init__(
        self, channels: int, out: int, kernel: int, *, stride: int = 1, groups: int = 1
    ) -> None:
        super().__init__()
        # Of an even side, stride 2 pads the end alone.
        self.pads = stride == 2
        padding = kernel // 2 if stride == 1 else 0
        self.conv = nn.Conv2d(channels, out, kernel, stride, padding, groups=groups)
        self.relu = nn.ReLU6()

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.relu(self.conv(pad(x, (0, 1, 0, 1)) if self.pads else x))
        return y


@torch.no_grad()
def _fill(net: FaceRes, path: Path) -> None:
    """Fill the net with the graph's tensors, batch norms folded into the convolutions."""
    tensors = read_tensors(path)

    def take(name: str, *shape: int) -> Tensor:
        return torch.tensor(in_torch_order(tensors, name, shape, str(path)))

    for place, layer in net.named_modules():
        if not isinstance(layer, _Convolution):
            continue
        name, weight = place.removeprefix("blocks."), layer.conv.weight
        out = len(weight)
        if layer.conv.groups == out:
            scale = take(f"{name}_bn/batchnorm_1/mul", out).view(-1, 1, 1, 1)
            weight.copy_(take(f"{name}/depthwise_kernel", 1, out, 3, 3).transpose(0, 1) * scale)
        else:  # the graph has folded these, except the shift
            weight.copy_(take(f"{name}/convolution/merged_input", *weight.shape))
        layer.conv.get_parameter("bias").copy_(take(f"{name}_bn/batchnorm_1/sub", out))
    net.conv1.conv.weight.copy_(net.conv1.conv.weight.flip(1))  # it sees blue first
