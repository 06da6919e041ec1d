"""MobileFaceNet (Chen et al. 2018): a small face net of inverted bottlenecks.

Input 112 × 96 (height × width), 128 features.
"""

from pathlib import Path

from torch import Tensor, nn

from aip.recognise.nets import FACES, Statistics
from aip.recognise.nets.state import load_state

# Expansion, channels, repeats, stride of the first.
BOTTLENECKS = [(2, 64, 5, 2), (4, 128, 1, 2), (2, 128, 6, 1), (4, 128, 1, 2), (2, 128, 2, 1)]


def build(arch: str, weights: str | None) -> nn.Module:  # noqa: ARG001
    """Build the net; parameters as in `aip.recognise.nets.building.build`."""
    net = MobileFaceNet()
    if weights is not None:
        load_state(net, Path(weights))
    return net


def statistics(arch: str, net: nn.Module) -> Statistics:  # noqa: ARG001
    """Return the statistics of (x − 127.5) / 128."""
    return FACES


class MobileFaceNet(nn.Module):
    """(n, 3, 112, 96) normalised images → (n, 128) features.

    The global depthwise convolution ``linear7`` spans the whole of the last 7 × 6 map.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = _Convolution(3, 64, 3, stride=2, padding=1)
        self.dw_conv1 = _Convolution(64, 64, 3, padding=1, groups=64)
        blocks, channels = [], 64
        for expansion, out, repeats, first_stride in BOTTLENECKS:
            for repeat in range(repeats):
                stride = first_stride if repeat == 0 else 1
                blocks.append(_Bottleneck(channels, out, stride, expansion))
                channels = out
        self.blocks = nn.Sequential(*blocks)
        self.conv2 = _Convolution(channels, 512, 1)
        self.linear7 = _Convolution(512, 512, (7, 6), groups=512, linear=True)
        self.linear1 = _Convolution(512, 128, 1, linear=True)

    def forward(self, images: Tensor) -> Tensor:
        """Return the features."""
        x = self.blocks(self.dw_conv1(self.conv1(images)))
        features: Tensor = self.linear1(self.linear7(self.conv2(x)))
        return features.flatten(1)


class _Convolution(nn.Module):
    """A convolution, batch norm, and PReLU unless linear."""

    def __init__(
        self,
        channels: int,
        out: int,
        kernel: int | tuple[int, int],
        *,
        stride: int = 1,
        padding: int = 0,
        groups: int = 1,
        linear: bool = False,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, out, kernel, stride, padding, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(out)
        self.prelu = nn.Identity() if linear else nn.PReLU(out)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.prelu(self.bn(self.conv(x)))
        return y


class _Bottleneck(nn.Module):
    """An inverted bottleneck: widen, filter each channel, narrow; residual where shapes agree."""

    def __init__(self, channels: int, out: int, stride: int, expansion: int) -> None:
        super().__init__()
        self.residual = stride == 1 and channels == out
        wide = channels * expansion
        self.conv = nn.Sequential(
            nn.Conv2d(channels, wide, 1, bias=False),
            nn.BatchNorm2d(wide),
            nn.PReLU(wide),
            nn.Conv2d(wide, wide, 3, stride, 1, groups=wide, bias=False),
            nn.BatchNorm2d(wide),
            nn.PReLU(wide),
            nn.Conv2d(wide, out, 1, bias=False),
            nn.BatchNorm2d(out),
        )

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.conv(x)
        return x + y if self.residual else y
