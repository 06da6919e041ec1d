"""AlexNet (Krizhevsky et al. 2012), as Caffe's ``bvlc_alexnet``: up to fc7, 4096 features.

Input 227 × 227, no other. Normalisation comes before pooling; the second, fourth and fifth
convolution are in two groups.
"""

from torch import nn

from aip.recognise.nets.caffe.layers import ResponseNorm, last_layers, pool
from aip.recognise.nets.caffe.weights import assemble, statistics

__all__ = ["build", "statistics"]


def build(arch: str, weights: str | None) -> nn.Module:  # noqa: ARG001
    """Build the net; parameters as in `aip.recognise.nets.building.build`."""
    layers = {
        "conv1": nn.Conv2d(3, 96, 11, stride=4),
        "relu1": nn.ReLU(),
        "norm1": ResponseNorm(96),
        "pool1": pool(),
        "conv2": nn.Conv2d(96, 256, 5, padding=2, groups=2),
        "relu2": nn.ReLU(),
        "norm2": ResponseNorm(256),
        "pool2": pool(),
        "conv3": nn.Conv2d(256, 384, 3, padding=1),
        "relu3": nn.ReLU(),
        "conv4": nn.Conv2d(384, 384, 3, padding=1, groups=2),
        "relu4": nn.ReLU(),
        "conv5": nn.Conv2d(384, 256, 3, padding=1, groups=2),
        "relu5": nn.ReLU(),
        "pool5": pool(),
        **last_layers(256 * 6 * 6),
    }
    return assemble(layers, weights)
