"""ONNX files that tests make, and what onnxruntime computes of them."""

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

onnxruntime.set_default_logger_severity(3)

OPSET = 17


def model(nodes, constants=None, *, shape=("n", 3, "h", "w"), outputs=("y",), opset=OPSET):
    """Make a model of one input ``x``; constants are arrays by name."""
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(np.asarray(a), name) for name, a in (constants or {}).items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    made.ir_version = 8
    return made


def computed(made, images):
    """Return the outputs that onnxruntime computes of (n, 3, height, width) float32 images."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(made.SerializeToString(), options)
    return session.run(None, {"x": images})


class Builder:
    """Builds a graph node by node, with random weights.

    Attributes
    ----------
    nodes : list
    constants : dict
    """

    def __init__(self, seed=0):
        self.nodes, self.constants = [], {}
        self._rng = np.random.default_rng(seed)

    def weight(self, *shape, scale=1.0, offset=0.0):
        """Return the name of a new weight of random numbers."""
        name = f"w{len(self.constants)}"
        self.constants[name] = (offset + scale * self._rng.standard_normal(shape)).astype("float32")
        return name

    def add(self, kind, *inputs, output=None, **attributes):
        """Add a node, and return the name of its output."""
        output = output or f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def convolution(self, x, channels, out, kernel=3, **attributes):
        """Add a convolution and its batch normalisation."""
        fan = channels * kernel * kernel // attributes.get("group", 1)
        weight = self.weight(out, channels // attributes.get("group", 1), kernel, kernel)
        self.constants[weight] /= np.float32(fan**0.5)
        pads = [kernel // 2] * 4
        return self.norm(self.add("Conv", x, weight, pads=pads, **attributes), out)

    def norm(self, x, channels):
        """Add a batch normalisation."""
        statistics = [
            self.weight(channels, scale=0.1, offset=1),
            self.weight(channels, scale=0.1),
            self.weight(channels, scale=0.1),
        ]
        variance = self.weight(channels, scale=0.1, offset=1)
        self.constants[variance] = np.abs(self.constants[variance])
        return self.add("BatchNormalization", x, *statistics, variance, epsilon=1e-5)

    def prelu(self, x, channels):
        """Add a PReLU with a slope for each channel."""
        return self.add("PRelu", x, self.weight(channels, 1, 1, scale=0.1, offset=0.25))


def arcface(size=(32, 32), *, features=64, batch="n", seed=0):
    """Make a net such as those that ArcFace teaches: an IResNet of two stages.

    Blocks of norm, convolution, PReLU, convolution and a residual; then norm, flattening, a matrix
    and a last norm, as of insightface's files.
    """
    build = Builder(seed)
    x = build.prelu(build.convolution("x", 3, 16), 16)
    channels, (height, width) = 16, size
    for out in (16, 32):
        rest = build.convolution(x, channels, out, kernel=1, strides=[2, 2])
        y = build.prelu(build.convolution(build.norm(x, channels), channels, out), out)
        y = build.convolution(y, out, out, strides=[2, 2])
        x = build.add("Add", y, rest)
        channels, height, width = out, -(-height // 2), -(-width // 2)
    count = channels * height * width
    x = build.add("Flatten", build.norm(x, channels), axis=1)
    weight = build.weight(features, count, scale=count**-0.5)
    x = build.add("Gemm", x, weight, build.weight(features), transB=1)
    x = build.add("Dropout", x)
    build.add("Identity", build.norm(x, features), output="y")
    return model(build.nodes, build.constants, shape=(batch, 3, *size))
