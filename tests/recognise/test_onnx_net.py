"""Whole nets from ONNX files beside onnxruntime, and files that are refused."""

import os
from contextlib import suppress

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper

from aip.errors import BadInput
from aip.recognise.nets.onnx import load
from aip.recognise.nets.onnx.description import described
from aip.recognise.nets.onnx.net import OnnxNet
from aip.recognise.nets.onnx.reading import LARGEST, parse_graph, read_graph
from standins.onnx_files import Builder, arcface, computed, model

CENTERFACE, FP512 = (os.environ.get(name) for name in ("AIP_CENTERFACE", "AIP_FP512"))


def images(*shape, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)


def saved(made, folder):
    path = folder / "net.onnx"
    path.write_bytes(made if isinstance(made, bytes) else made.SerializeToString())
    return path


def refused(made, folder):
    with pytest.raises(BadInput) as error:
        load(saved(made, folder))
    assert str(error.value).startswith(f"{folder / 'net.onnx'}: ")
    return str(error.value)


def test_a_net_as_arcface_teaches_computes_what_onnxruntime_does(tmp_path):
    made, x = arcface(), images(3, 3, 32, 32)
    (found,) = load(saved(made, tmp_path))(torch.from_numpy(x))
    (expected,) = computed(made, x)
    np.testing.assert_allclose(found.detach().numpy(), expected, atol=1e-4)
    assert float(np.std(expected)) > 0.5


def test_its_gradient_is_that_of_finite_differences(tmp_path):
    net = load(saved(arcface(), tmp_path)).double()
    x = torch.from_numpy(images(2, 3, 32, 32)).double().requires_grad_()
    way = torch.from_numpy(images(2, 3, 32, 32, seed=1)).double()
    share = torch.from_numpy(images(2, 64, seed=2)).double()
    (gradient,) = torch.autograd.grad((net(x)[0] * share).sum(), x)
    with torch.no_grad():
        up, down = ((net(x + sign * 1e-6 * way)[0] * share).sum() for sign in (1, -1))
    assert float((gradient * way).sum()) == pytest.approx(float(up - down) / 2e-6, rel=1e-6)


def test_it_computes_in_channels_last_and_in_bfloat16(tmp_path):
    x = torch.from_numpy(images(2, 3, 32, 32))
    net = load(saved(arcface(), tmp_path))
    with torch.no_grad():
        (plain,) = net(x)
        (last,) = net.to(memory_format=torch.channels_last)(x.to(memory_format=torch.channels_last))
        (coarse,) = net.bfloat16()(x.bfloat16())
    assert float((plain - last).abs().max()) < 1e-4
    assert coarse.dtype == torch.bfloat16
    similarity = torch.nn.functional.cosine_similarity(plain, coarse.float())
    assert float(similarity.min()) > 0.999


def test_a_file_for_one_image_at_once_takes_several(tmp_path):
    build = Builder()
    x = build.add("GlobalAveragePool", build.convolution("x", 3, 8))
    build.constants["flat"] = np.array([1, 8], np.int64)
    build.constants["heads"] = np.array([2, 4], np.int64)
    build.constants["rest"] = np.array([1, -1], np.int64)
    x = build.add("Reshape", build.add("Sigmoid", x), "flat")
    x = build.add("Reshape", build.add("Reshape", x, "heads"), "rest")
    build.add("Identity", x, output="y")
    one = model(build.nodes, build.constants, shape=(1, 3, 8, 8))
    x = images(3, 3, 8, 8)
    with torch.no_grad():
        (found,) = load(saved(one, tmp_path))(torch.from_numpy(x))
    expected = np.concatenate([computed(one, x[i : i + 1])[0] for i in range(3)])
    assert found.shape == (3, 8)
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-5)


def test_a_state_dict_says_all_of_its_net(tmp_path):
    net = load(saved(arcface(), tmp_path))
    state = net.state_dict()
    again = OnnxNet(described(state["graph"].numpy().tobytes(), "net.pt")).eval()
    again.load_state_dict(state)
    x = torch.from_numpy(images(2, 3, 32, 32))
    assert torch.equal(net(x)[0], again(x)[0])
    with pytest.raises(BadInput, match=r"net\.pt: it does not say what net it is"):
        described(b'{"version": 1, "weights": {}}', "net.pt")


def test_a_net_is_cut_at_any_value(tmp_path):
    made = arcface()
    name = next(node.output[0] for node in made.graph.node if node.op_type == "Flatten")
    net = load(saved(made, tmp_path))
    cut = net.cut(name)
    made.graph.output[0].name = name
    x = images(2, 3, 32, 32)
    (found,), (expected,) = cut(torch.from_numpy(x)), computed(made, x)
    np.testing.assert_allclose(found.detach().numpy(), expected, atol=1e-4)
    # The weights are the same, and those that are not needed are gone.
    assert {id(p) for p in cut.parameters()} < {id(p) for p in net.parameters()}


def test_weights_in_half_precision_are_read_as_they_are(tmp_path):
    weight = images(4, 3, 3, 3).astype(np.float16)
    nodes = [
        helper.make_node("Cast", ["w"], ["f"], to=TensorProto.FLOAT),
        helper.make_node("Conv", ["x", "f"], ["y"]),
    ]
    made, x = model(nodes, {"w": weight}), images(1, 3, 8, 8)
    (found,) = load(saved(made, tmp_path))(torch.from_numpy(x))
    np.testing.assert_allclose(found.detach().numpy(), computed(made, x)[0], atol=1e-5)


@pytest.mark.skipif(CENTERFACE is None, reason="AIP_CENTERFACE names no file of CenterFace")
@pytest.mark.parametrize("size", [(64, 96), (160, 32)])
def test_a_detector_gives_all_its_outputs_at_any_size(size):
    made = onnx.load_model(CENTERFACE)
    (inputs,) = [each for each in made.graph.input if each.name == "input.1"]
    for side, name in zip(inputs.type.tensor_type.shape.dim, "nchw", strict=True):
        side.dim_param = name
    for output in made.graph.output:
        output.type.tensor_type.ClearField("shape")
    for node in made.graph.node:
        node.input[:] = ["x" if name == "input.1" else name for name in node.input]
    inputs.name = "x"
    x = 255 * images(2, 3, *size)
    with torch.no_grad():
        found = load(CENTERFACE)(torch.from_numpy(x))
    assert [y.shape[1] for y in found] == [1, 2, 2, 10]
    for one, other in zip(found, computed(made, x), strict=True):
        np.testing.assert_allclose(one.numpy(), other, rtol=1e-4, atol=1e-4)


# Files that are refused.


def test_an_unknown_operator_is_named(tmp_path):
    nodes = [helper.make_node("Sigmoyd", ["x"], ["y"], name="last")]
    found = refused(model(nodes), tmp_path)
    assert "(Sigmoyd last): unknown ONNX operator 'Sigmoyd'; did you mean 'Sigmoid'?" in found
    nodes = [helper.make_node("Sigmoid", ["x"], ["y"], domain="com.example")]
    assert "unknown ONNX operator com.example.Sigmoid" in refused(model(nodes), tmp_path)
    branch = helper.make_graph([], "b", [], [])
    nodes = [helper.make_node("If", ["x"], ["y"], then_branch=branch, else_branch=branch)]
    assert "(If): unknown ONNX operator, which holds a graph" in refused(model(nodes), tmp_path)


def test_an_unknown_mode_is_named(tmp_path):
    scales = np.array([1, 1, 2, 2], np.float32)
    nodes = [helper.make_node("Resize", ["x", "", "s"], ["y"], mode="cubic")]
    found = refused(model(nodes, {"s": scales}), tmp_path)
    assert "mode: found 'cubic', expected one of nearest, linear" in found


def test_numbers_in_other_files_are_not_looked_for(tmp_path):
    made = arcface()
    tensor = made.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")
    found = refused(made, tmp_path)
    assert f"{tensor.name}: found numbers in another file" in found
    inside = model([helper.make_node("Constant", [], ["c"], value=tensor), ADD])
    assert "found numbers in another file" in refused(inside, tmp_path)


ADD = helper.make_node("Add", ["x", "c"], ["y"])


def test_a_file_that_is_cut_off_or_no_onnx_is_refused(tmp_path):
    content = arcface().SerializeToString()
    assert "not an ONNX net" in refused(content[: len(content) // 2], tmp_path)
    assert "not an ONNX net" in refused(b"\x80\x04nonsense", tmp_path)
    assert "not an ONNX net: it holds no operation" in refused(b"", tmp_path)
    with pytest.raises(BadInput, match=r"missing\.onnx: an ONNX net cannot be read: No such file"):
        load(tmp_path / "missing.onnx")


def test_a_file_larger_than_protobuf_reads_is_not_opened(tmp_path):
    path = tmp_path / "net.onnx"
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(BadInput, match=r"has 2,147,483,648 bytes, expected at most 2,147,483,647"):
        read_graph(path)


def test_an_array_that_is_not_as_large_as_it_says_is_refused(tmp_path):
    made = arcface()
    made.graph.initializer[0].dims[0] += 1
    assert "not an array of shape (17, 3, 3, 3)" in refused(made, tmp_path)
    del made.graph.initializer[0].dims[:]
    made.graph.initializer[0].dims.extend([2**40, 2**20])
    assert "expected fewer values" in refused(made, tmp_path)


def test_a_circle_is_refused(tmp_path):
    nodes = [
        helper.make_node("Add", ["x", "b"], ["a"]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Relu", ["b"], ["y"]),
    ]
    assert "it takes b, which nothing before it computes" in refused(model(nodes), tmp_path)
    again = [helper.make_node("Relu", ["x"], ["y"]), helper.make_node("Tanh", ["x"], ["y"])]
    assert "it computes y, which is there already" in refused(model(again), tmp_path)


def test_a_net_of_several_inputs_or_no_images_is_refused(tmp_path):
    made = model([helper.make_node("Relu", ["x"], ["y"])])
    made.graph.input.append(helper.make_tensor_value_info("z", TensorProto.FLOAT, (1,)))
    assert "found 2 inputs (x, z), expected one, images" in refused(made, tmp_path)
    nodes = [helper.make_node("Relu", ["x"], ["y"])]
    assert "input of shape (1, 16)" in refused(model(nodes, shape=(1, 16)), tmp_path)
    assert "(1, 112, 112, 3), expected" in refused(model(nodes, shape=(1, 112, 112, 3)), tmp_path)


def test_operators_of_another_time_are_refused(tmp_path):
    made = model([helper.make_node("Relu", ["x"], ["y"])], opset=6)
    assert "found operators of version 6, expected one of 7 to" in refused(made, tmp_path)


def test_names_that_are_no_text_are_refused(tmp_path):
    content = model([helper.make_node("Relu", ["x"], ["y"], name="abcd")]).SerializeToString()
    found = refused(content.replace(b"abcd", b"ab\xff\xfe"), tmp_path)
    assert r"found the name b'ab\xff\xfe', expected text in UTF-8" in found


def test_weights_that_are_no_numbers_are_refused(tmp_path):
    made = model([ADD], {"c": np.array([np.nan], np.float32)})
    assert "c: found a number that is infinite or none" in refused(made, tmp_path)


@pytest.mark.parametrize(
    ("nodes", "constants"),
    [
        (
            [helper.make_node("ConstantOfShape", ["s"], ["c"]), ADD],
            {"s": np.array([2**20, 2**20], np.int64)},
        ),
        (
            [helper.make_node("Expand", ["x", "s"], ["y"])],
            {"s": np.array([2**20, 1, 1, 1, 1], np.int64)},
        ),
        (
            [helper.make_node("Resize", ["x", "", "s"], ["y"])],
            {"s": np.array([1, 1, 4096, 4096], np.float32)},
        ),
        (
            [helper.make_node("Tile", ["x", "s"], ["y"])],
            {"s": np.array([1, 2**20, 2**20, 1], np.int64)},
        ),
        (
            [helper.make_node("Pad", ["x", "s"], ["y"])],
            {"s": np.array([0, 0, 2**40, 0, 0, 0, 0, 0], np.int64)},
        ),
    ],
    ids=["constant", "expand", "resize", "tile", "pad"],
)
def test_no_value_is_made_larger_than_any_net_needs(tmp_path, nodes, constants):
    net = load(saved(model(nodes, constants), tmp_path))
    with pytest.raises(BadInput, match=r"found an array of shape .* expected at most 268,435,456"):
        net(torch.zeros(1, 3, 32, 32))


def test_values_that_double_and_double_end_soon(tmp_path):
    nodes = [
        helper.make_node("Concat", [a, a], [b], axis=1)
        for a, b in zip(["x", *"abcdefghijklmnopqrst"], [*"abcdefghijklmnopqrst", "y"], strict=True)
    ]
    net = load(saved(model(nodes), tmp_path))
    with pytest.raises(BadInput, match=r"operation \d+ \(Concat\): found a value of shape"):
        net(torch.zeros(1, 3, 512, 512))


def test_a_padding_of_any_size_is_refused(tmp_path):
    nodes = [helper.make_node("Conv", ["x", "w"], ["y"], pads=[0, 0, 2**30, 2**30])]
    net = load(saved(model(nodes, {"w": images(1, 3, 3, 3)}), tmp_path))
    with pytest.raises(BadInput, match=r"pads: found .* expected 4 numbers between 0 and 4,096"):
        net(torch.zeros(1, 3, 8, 8))


def test_bytes_that_change_are_refused_or_read():
    content = bytearray(arcface((8, 8), features=4).SerializeToString())
    rng = np.random.default_rng(0)
    found = []
    for _ in range(100):
        spoilt = bytearray(content)
        for place in rng.integers(0, len(content), 3):
            spoilt[place] = rng.integers(256)
        with suppress(BadInput):
            found.append(OnnxNet(parse_graph(bytes(spoilt), "net.onnx")))
    assert 0 < len(found) < 100
