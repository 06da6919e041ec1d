"""Each operator beside onnxruntime, its gradient beside finite differences."""

import numpy as np
import pytest
import torch
from onnx import TensorProto, helper

from aip.recognise.nets.onnx.net import OnnxNet
from aip.recognise.nets.onnx.operators import OPERATORS
from aip.recognise.nets.onnx.reading import parse_graph
from standins.onnx_files import OPSET, computed, model

IMAGES = np.random.default_rng(7).uniform(-2, 2, (2, 3, 9, 8)).astype(np.float32)


def weight(*shape, seed=1):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def whole(*values):
    return np.array(values, np.int64)


def case(kind, *constants, before=(), opset=OPSET, outputs=("y",), **attributes):
    """One operator on the images, or on what the nodes before give as ``p``."""
    named = {f"c{i}": value for i, value in enumerate(constants) if value is not None}
    inputs = [f"c{i}" if value is not None else "" for i, value in enumerate(constants)]
    node = helper.make_node(kind, ["p" if before else "x", *inputs], list(outputs), **attributes)
    return lambda: model([*before, node], named, outputs=outputs, opset=opset)


def chain(nodes, constants=None, **options):
    return lambda: model(
        [helper.make_node(kind, inputs, outputs, **a) for kind, inputs, outputs, a in nodes],
        constants,
        **options,
    )


POSITIVE = [helper.make_node("Abs", ["x"], ["q"]), helper.make_node("Exp", ["q"], ["p"])]
FLAT = [helper.make_node("Flatten", ["x"], ["p"])]
RATIO = np.array([1, 1, 1.5, 2], np.float32)
NOTHING = np.array([], np.float32)
NORM = (weight(3), weight(3), weight(3), np.abs(weight(3)) + 0.1)

CASES = {
    "abs": case("Abs"),
    "add": case("Add", weight(3, 1, 1)),
    "average pool": case("AveragePool", kernel_shape=[3, 2], strides=[2, 2]),
    "average pool padded": case(
        "AveragePool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 0, 1, 1]
    ),
    "average pool with its padding": case(
        "AveragePool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], count_include_pad=1
    ),
    "average pool ceil": case("AveragePool", kernel_shape=[2, 3], strides=[2, 2], ceil_mode=1),
    "average pool same": case(
        "AveragePool", kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER"
    ),
    "batch norm": case("BatchNormalization", *NORM, epsilon=1e-3),
    "batch norm 7": case("BatchNormalization", *NORM, opset=7),
    "cast": chain(
        [
            ("Shape", ["x"], ["s"], {}),
            ("Cast", ["s"], ["f"], {"to": TensorProto.FLOAT}),
            ("ReduceMean", ["f"], ["m"], {"keepdims": 0}),
            ("Div", ["x", "m"], ["y"], {}),
        ]
    ),
    "ceil and floor": chain(
        [
            ("Ceil", ["x"], ["a"], {}),
            ("Floor", ["x"], ["b"], {}),
            ("Mul", ["a", "b"], ["y"], {}),
        ]
    ),
    "clip": case("Clip", np.float32(-0.5), np.float32(1)),
    "clip one side": case("Clip", None, np.float32(0.3)),
    "clip 6": case("Clip", opset=10, min=-0.5, max=0.7),
    "concat": chain([("Concat", ["x", "x"], ["y"], {"axis": 1})]),
    "constants": chain(
        [
            ("Constant", [], ["c"], {"value_floats": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]}),
            ("Constant", [], ["d"], {"value_float": 2.0}),
            ("Add", ["x", "c"], ["e"], {}),
            ("Mul", ["e", "d"], ["y"], {}),
        ]
    ),
    "constant of shape": chain(
        [
            ("Shape", ["x"], ["s"], {}),
            (
                "ConstantOfShape",
                ["s"],
                ["c"],
                {"value": helper.make_tensor("v", TensorProto.FLOAT, [1], [0.5])},
            ),
            ("Sub", ["x", "c"], ["y"], {}),
        ]
    ),
    "conv": case("Conv", weight(4, 3, 3, 3), weight(4), pads=[1, 1, 1, 1], strides=[2, 2]),
    "conv in groups": case("Conv", weight(6, 1, 3, 2), group=3, dilations=[2, 1]),
    "conv asymmetric": case("Conv", weight(4, 3, 3, 3), pads=[0, 1, 2, 0]),
    "conv same lower": case("Conv", weight(4, 3, 4, 2), auto_pad="SAME_LOWER", strides=[2, 1]),
    "conv same upper": case("Conv", weight(4, 3, 4, 2), auto_pad="SAME_UPPER", strides=[2, 3]),
    "conv transpose": case(
        "ConvTranspose", weight(3, 4, 2, 2), weight(4), strides=[2, 2], output_padding=[1, 0]
    ),
    "conv transpose padded": case(
        "ConvTranspose", weight(3, 2, 3, 3), group=3, strides=[2, 1], pads=[1, 0, 0, 1]
    ),
    "div": case("Div", np.abs(weight(8)) + 1),
    "dropout": case("Dropout"),
    "elu": case("Elu", alpha=0.7),
    "equal and where": chain(
        [
            ("Relu", ["x"], ["r"], {}),
            ("Equal", ["r", "x"], ["e"], {}),
            ("Where", ["e", "x", "c"], ["y"], {}),
        ],
        {"c": weight(1, 3, 1, 1)},
    ),
    "erf": case("Erf"),
    "exp": case("Exp"),
    "expand": case("Expand", whole(2, 1, 3, 1, 1)),
    "expand lower": case("Expand", whole(9, 1)),
    "flatten": case("Flatten", axis=2),
    "flatten from the end": case("Flatten", axis=-1),
    "gather": case("Gather", whole(2, 0, -1), axis=1),
    "gather one": case("Gather", np.int64(1), axis=3),
    "gelu": case("Gelu", opset=20),
    "gelu by tanh": case("Gelu", opset=20, approximate="tanh"),
    "gemm": case("Gemm", weight(5, 216), weight(5), before=FLAT, transB=1, alpha=0.5, beta=2.0),
    "gemm plain": case("Gemm", weight(216, 4), before=FLAT),
    "gemm transposed": case("Gemm", weight(2, 4), before=FLAT, transA=1),
    "global average pool": case("GlobalAveragePool"),
    "global max pool": case("GlobalMaxPool"),
    "hard sigmoid": case("HardSigmoid", alpha=0.3, beta=0.4),
    "hard swish": case("HardSwish"),
    "identity": case("Identity"),
    "instance norm": case("InstanceNormalization", weight(3), weight(3), epsilon=1e-3),
    "layer norm": case("LayerNormalization", weight(8), weight(8)),
    "layer norm of two axes": case("LayerNormalization", weight(9, 8), axis=2, epsilon=0.01),
    "leaky relu": case("LeakyRelu", alpha=0.3),
    "log": case("Log", before=POSITIVE),
    "log softmax": case("LogSoftmax", axis=1),
    "lp norm": case("LpNormalization", axis=1, p=2),
    "lp norm 1": case("LpNormalization", axis=-1, p=1),
    "matmul": case("MatMul", weight(8, 5)),
    "max": case("Max", weight(3, 1, 1), weight(8)),
    "max pool": case("MaxPool", kernel_shape=[3, 2], strides=[2, 1], pads=[1, 0, 1, 1]),
    "max pool ceil": case("MaxPool", kernel_shape=[2, 3], strides=[2, 2], ceil_mode=1),
    "max pool dilated": case("MaxPool", kernel_shape=[2, 2], dilations=[2, 3]),
    "mean": case("Mean", weight(3, 1, 1), weight(8)),
    "min": case("Min", weight(3, 1, 1)),
    "mish": case("Mish", opset=18),
    "mul": case("Mul", weight(9, 1)),
    "neg": case("Neg"),
    "pad": case("Pad", whole(0, 0, 1, 2, 0, 1, 0, -1), np.float32(0.5)),
    "pad edge": case("Pad", whole(0, 0, 1, 2, 0, 0, 0, 1), mode="edge"),
    "pad reflect": case("Pad", whole(0, 0, 1, 2, 0, 0, 0, 1), mode="reflect"),
    "pad 2": case("Pad", opset=10, pads=[0, 0, 1, 2, 0, 0, 0, 1], value=0.5),
    "pad axes": case("Pad", whole(1, 2), np.float32(0), whole(2), opset=18),
    "pow": case("Pow", np.float32(3)),
    "pow each": case("Pow", np.abs(weight(8)), before=POSITIVE),
    "prelu": case("PRelu", weight(3, 1, 1)),
    "prelu of all": case("PRelu", weight(1)),
    "prelu of columns": case("PRelu", weight(8)),
    "prelu after flattening": case("PRelu", weight(216), before=FLAT),
    "range": chain(
        [
            ("Shape", ["x"], ["s"], {}),
            ("Gather", ["s", "last"], ["n"], {}),
            ("Range", ["zero", "n", "one"], ["r"], {}),
            ("Cast", ["r"], ["f"], {"to": TensorProto.FLOAT}),
            ("Add", ["x", "f"], ["y"], {}),
        ],
        {"last": np.int64(3), "zero": np.int64(0), "one": np.int64(1)},
    ),
    "reciprocal": case("Reciprocal", before=POSITIVE),
    "reduce l1": case("ReduceL1", axes=[1, 3]),
    "reduce l2": case("ReduceL2", axes=[1], keepdims=0),
    "reduce max": case("ReduceMax", axes=[-1]),
    "reduce mean": case("ReduceMean", axes=[2, 3], keepdims=0),
    "reduce mean 18": case("ReduceMean", whole(2, 3), opset=18),
    "reduce mean of all": case("ReduceMean"),
    "reduce min": case("ReduceMin", axes=[2]),
    "reduce prod": case("ReduceProd", axes=[1, 2], keepdims=0),
    "reduce sum": case("ReduceSum", whole(1), keepdims=0),
    "reduce sum 11": case("ReduceSum", opset=11, axes=[1, -1]),
    "reduce sum of nothing": case("ReduceSum", noop_with_empty_axes=1),
    "reduce sum square": case("ReduceSumSquare", axes=[1]),
    "relu": case("Relu"),
    "reshape": case("Reshape", whole(0, -1, 4)),
    "resize nearest": case("Resize", NOTHING, RATIO, mode="nearest"),
    "resize nearest 10": case("Resize", RATIO, opset=10, mode="nearest"),
    "resize linear": case("Resize", NOTHING, RATIO, mode="linear"),
    "resize linear 10": case("Resize", RATIO, opset=10, mode="linear"),
    "resize sizes": case("Resize", None, None, whole(2, 3, 5, 11), mode="linear"),
    "resize corners": case(
        "Resize",
        None,
        None,
        whole(2, 3, 5, 11),
        mode="linear",
        coordinate_transformation_mode="align_corners",
    ),
    "resize as PyTorch": case(
        "Resize",
        None,
        RATIO / 4 * np.array([4, 4, 1, 2], np.float32),
        mode="linear",
        coordinate_transformation_mode="pytorch_half_pixel",
    ),
    "resize floor": case(
        "Resize",
        None,
        RATIO,
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    ),
    "resize ceil": case("Resize", None, RATIO, nearest_mode="ceil"),
    "resize up at half": case("Resize", None, RATIO, nearest_mode="round_prefer_ceil"),
    "shape and slices": chain(
        [
            ("Shape", ["x"], ["s"], {}),
            ("Slice", ["s", "zero", "one"], ["n"], {}),
            ("Concat", ["n", "rest"], ["t"], {"axis": 0}),
            ("Reshape", ["x", "t"], ["y"], {}),
        ],
        {"zero": whole(0), "one": whole(1), "rest": whole(-1)},
    ),
    "sigmoid": case("Sigmoid"),
    "slice": case("Slice", whole(1, -7), whole(9999, -1), whole(2, 3), whole(2, 1)),
    "slice backwards": case("Slice", whole(-1), whole(-9999), whole(2), whole(-2)),
    "slice 9": case("Slice", opset=9, starts=[1, 2], ends=[3, 7], axes=[1, 3]),
    "softmax": case("Softmax", axis=2),
    "softmax 11": case("Softmax", opset=11, axis=2),
    "softplus": case("Softplus"),
    "split": case("Split", whole(3, 5), outputs=("y", "z"), axis=3),
    "split 11": case("Split", opset=11, outputs=("y", "z"), axis=2, split=[4, 5]),
    "split equally": case("Split", outputs=("y", "z"), axis=3),
    "split unequally": case("Split", opset=18, outputs=("y", "z"), axis=2, num_outputs=2),
    "sqrt": case("Sqrt", before=POSITIVE),
    "squeeze": chain(
        [
            ("GlobalAveragePool", ["x"], ["g"], {}),
            ("Squeeze", ["g", "a"], ["y"], {}),
        ],
        {"a": whole(-1, 2)},
    ),
    "squeeze 11": chain(
        [
            ("GlobalAveragePool", ["x"], ["g"], {}),
            ("Squeeze", ["g"], ["y"], {"axes": [3]}),
        ],
        opset=11,
    ),
    "sub": case("Sub", weight(3, 1, 1)),
    "sum": case("Sum", weight(3, 1, 1), weight(8)),
    "tanh": case("Tanh"),
    "tile": case("Tile", whole(1, 2, 1, 3)),
    "transpose": case("Transpose", perm=[0, 2, 3, 1]),
    "transpose all": case("Transpose"),
    "truths": chain(
        [
            ("Greater", ["x", "c"], ["a"], {}),
            ("Less", ["x", "d"], ["b"], {}),
            ("Or", ["a", "b"], ["e"], {}),
            ("Not", ["e"], ["f"], {}),
            ("GreaterOrEqual", ["x", "c"], ["g"], {}),
            ("LessOrEqual", ["x", "d"], ["h"], {}),
            ("And", ["g", "h"], ["i"], {}),
            ("Where", ["f", "x", "c"], ["j"], {}),
            ("Where", ["i", "d", "j"], ["y"], {}),
        ],
        {"c": weight(3, 1, 1), "d": weight(8, seed=2)},
    ),
    "unsqueeze": case("Unsqueeze", whole(0, -1)),
    "unsqueeze 11": case("Unsqueeze", opset=11, axes=[1, 3]),
    "upsample": case("Upsample", RATIO, opset=9, mode="nearest"),
    "upsample linear": case("Upsample", RATIO, opset=9, mode="linear"),
    "upsample 7": case("Upsample", opset=7, mode="nearest", scales=[1.0, 1.0, 2.0, 3.0]),
    "whole division": chain(
        [
            ("Shape", ["x"], ["s"], {}),
            ("Div", ["s", "two"], ["t"], {}),
            ("Cast", ["t"], ["f"], {"to": TensorProto.FLOAT}),
            ("Size", ["t"], ["n"], {}),
            ("Cast", ["n"], ["g"], {"to": TensorProto.FLOAT}),
            ("ReduceMax", ["f"], ["m"], {"keepdims": 0}),
            ("Mul", ["x", "m"], ["a"], {}),
            ("Mul", ["a", "g"], ["y"], {}),
        ],
        {"two": whole(2)},
    ),
}


def net_of(made):
    return OnnxNet(parse_graph(made.SerializeToString(), "net.onnx")).eval()


@pytest.mark.parametrize("name", CASES)
def test_an_operator_computes_what_onnxruntime_does(name):
    made = CASES[name]()
    with torch.no_grad():
        found = net_of(made)(torch.from_numpy(IMAGES))
    expected = computed(made, IMAGES)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one.shape == other.shape
        np.testing.assert_allclose(one.numpy(), other, atol=1e-4, rtol=1e-5)


def test_every_operator_is_compared():
    compared = {node.op_type for make in CASES.values() for node in make().graph.node}
    assert OPERATORS.keys() - compared == set()


@pytest.mark.parametrize("name", CASES)
def test_an_operators_gradient_is_that_of_finite_differences(name):
    net = net_of(CASES[name]()).double()
    net.requires_grad_(False)
    x = torch.from_numpy(IMAGES).double()
    rng = torch.Generator().manual_seed(3)
    way = torch.randn(x.shape, generator=rng, dtype=torch.float64)
    outputs = net(x)
    shares = [torch.randn(y.shape, generator=rng, dtype=torch.float64) for y in outputs]

    def value(at):
        return sum((y * share).sum() for y, share in zip(net(at), shares, strict=True))

    x.requires_grad_()
    (gradient,) = torch.autograd.grad(value(x), x)
    step = 1e-6
    with torch.no_grad():
        slope = (value(x + step * way) - value(x - step * way)) / (2 * step)
    assert float((gradient * way).sum()) == pytest.approx(float(slope), rel=1e-5, abs=1e-6)
