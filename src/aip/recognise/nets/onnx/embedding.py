"""The net of an ONNX file as a recogniser has it: images in, one vector for each out."""

from pathlib import Path

from torch import Tensor, nn

from aip.errors import BadInput
from aip.recognise.nets.onnx.description import described
from aip.recognise.nets.onnx.net import OnnxNet
from aip.store.state import read_state

DESCRIPTION = "net.graph"  # in the state dict


class Embedding(nn.Module):
    """(n, 3, height, width) normalised images → (n, d) features, the one output of a graph.

    Parameters
    ----------
    net : OnnxNet
    """

    def __init__(self, net: OnnxNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, images: Tensor) -> Tensor:
        """Return the features."""
        outputs = self.net(images)
        if len(outputs) != 1:
            raise BadInput(
                f"found {len(outputs)} outputs ({', '.join(self.net.outputs)}), expected one: name "
                "it as feature_layer"
            )
        features: Tensor = outputs[0]
        # One number for each channel of a map of one pixel is a vector, too.
        point = features.ndim > 2 and features.shape[2:].numel() == 1
        return features.flatten(1) if point else features

    def cut_points(self) -> list[str]:
        """Return the names of all values of the graph, of which each may be the feature."""
        return self.net.values

    def cut_at(self, value: str) -> nn.Module:
        """Return the net whose features are a value of the graph, flattened."""
        return nn.Sequential(Embedding(self.net.cut(value)), nn.Flatten())


def restore(path: Path) -> Embedding:
    """Build the net that a state dict describes, its weights not yet filled in."""
    graph = read_state(path).get(DESCRIPTION)
    if not isinstance(graph, Tensor):
        raise BadInput(f"{path}: found the weights of another net, expected one of an ONNX file")
    return Embedding(OnnxNet(described(graph.numpy().tobytes(), where=str(path))))
