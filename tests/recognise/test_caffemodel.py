import os

import numpy as np
import pytest

from aip.errors import BadInput
from aip.recognise.nets.caffemodel import read_caffemodel
from standins.caffe import blob, block, layer, number, varint

RNG = np.random.default_rng(0)
WEIGHT, BIAS = (RNG.standard_normal(s).astype(np.float32) for s in ((4, 3, 2, 2), (4,)))
FORMATS = {f"{old=} {double=}": (old, double) for old in (True, False) for double in (True, False)}


@pytest.fixture
def read(tmp_path):
    """Write a file of so many parts and read it."""

    def run(*parts: bytes):
        path = tmp_path / "net.caffemodel"
        path.write_bytes(b"".join(parts))
        return read_caffemodel(path)

    return run


def refused(read, *parts: bytes) -> str:
    with pytest.raises(BadInput, match=r"net\.caffemodel: ") as caught:
        read(*parts)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("form", FORMATS)
def test_both_formats_of_layers_shapes_and_values_are_read(read, form):
    old, double = FORMATS[form]
    blobs = [blob(values, old=old, double=double) for values in (WEIGHT, BIAS)]
    found = read(
        block(1, b"net"),
        layer("data", "ReLU", [], old=old),
        layer("conv/1×1", "Convolution", blobs, old=old),
        layer("fc", "InnerProduct", blobs[1:], old=old),
    )
    assert list(found) == ["conv/1×1", "fc"]
    weight, bias = found["conv/1×1"]
    assert np.array_equal(weight, WEIGHT)
    assert np.array_equal(bias, BIAS[None, None, None] if old else BIAS)
    assert weight.dtype == bias.dtype == np.float32
    assert np.array_equal(found["fc"][0].ravel(), BIAS)


def test_what_else_a_file_holds_is_passed_over(read):
    # Gradients, parameters of layers, what a later version may add.
    more = (
        block(106, number(1, 4) + number(4, 3))
        + block(2000, b"?")
        + varint(999 << 3 | 1)
        + b"8bytes.."
    )
    gradient = block(6, WEIGHT.tobytes())
    found = read(layer("conv", "Convolution", [blob(WEIGHT) + gradient], more=more), more)
    assert np.array_equal(found["conv"][0], WEIGHT)


def test_values_may_come_in_several_blocks(read):
    values = BIAS.tobytes()
    parts = block(7, block(1, varint(4))) + block(5, values[:4]) + block(5, values[4:])
    assert np.array_equal(read(layer("fc", "InnerProduct", [parts]))["fc"][0], BIAS)


def test_a_scalar_has_no_dimension(read):
    scalar = block(7, b"") + block(5, BIAS[:1].tobytes())
    assert read(layer("fc", "Scale", [scalar]))["fc"][0] == BIAS[0]


@pytest.mark.parametrize("old", [True, False])
def test_a_shape_that_does_not_fit_its_values_is_named(read, old):
    head, _, values = blob(WEIGHT, old=old).partition(block(5, WEIGHT.tobytes()))
    short = head + block(5, WEIGHT[:2].tobytes()) + values
    said = refused(read, layer("conv", "Convolution", [blob(BIAS), short], old=old))
    assert (
        "layer conv, blob 1: the shape (4, 3, 2, 2) does not fit the number of values, 24" in said
    )


@pytest.mark.parametrize(
    ("shape", "shown"),
    [((-2, -2), "(-2, -2)"), ((1 << 62, 1 << 62), f"({1 << 62}, {1 << 62})"), ((3,), "(3,)")],
)
def test_shapes_that_cannot_be_are_named(read, shape, shown):
    dims = block(7, block(1, b"".join(varint(size) for size in shape)))
    said = refused(read, layer("fc", "InnerProduct", [dims + block(5, BIAS.tobytes())]))
    assert f"the shape {shown} does not fit the number of values, 4" in said


@pytest.mark.parametrize("shape", [(1,) * 33, (1,) * 65, (0, 1 << 62), (0, 1 << 62, 1 << 62)])
def test_shapes_that_no_array_has_are_named(read, shape):
    dims = block(7, block(1, b"".join(varint(size) for size in shape)))
    values = block(5, bytes(4 * (0 not in shape)))
    said = refused(read, layer("fc", "InnerProduct", [dims + values]))
    assert f"the shape {shape} does not fit" in said


@pytest.mark.parametrize(("kind", "key"), [("<f4", 5), ("<f8", 8)])
@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_values_that_are_no_weights_are_named(read, kind, key, value):
    with np.errstate(over="ignore"):
        content = np.array([1, value], kind).tobytes()
    said = refused(
        read, layer("fc", "InnerProduct", [block(7, block(1, varint(2))) + block(key, content)])
    )
    assert "layer fc, blob 0: found a number that is infinite or none" in said


def test_a_file_that_is_larger_than_any_net_is_not_read(tmp_path):
    path = tmp_path / "net.caffemodel"
    path.touch()
    os.truncate(path, 2**30 + 1)
    with pytest.raises(BadInput, match="a caffemodel has 1,073,741,825 bytes, expected at most"):
        read_caffemodel(path)


def test_a_pipe_in_its_place_is_named(tmp_path):
    os.mkfifo(tmp_path / "net.caffemodel")
    with pytest.raises(BadInput, match=r"net\.caffemodel: found no plain file"):
        read_caffemodel(tmp_path / "net.caffemodel")


def test_a_blob_without_a_shape_is_named(read):
    said = refused(read, layer("fc", "InnerProduct", [block(5, BIAS.tobytes())]))
    assert "layer fc, blob 0: the shape (0, 0, 0, 0) does not fit" in said


@pytest.mark.parametrize(("key", "size"), [(5, 4), (8, 8)])
def test_half_a_value_is_named(read, key, size):
    content = BIAS.astype(f"<f{size}").tobytes() + b"??"
    said = refused(
        read,
        layer("fc", "InnerProduct", [block(7, block(1, varint(4))) + block(key, content)]),
    )
    assert f"layer fc, blob 0: found {4 * size + 2} bytes of values, expected {size} for" in said


@pytest.mark.parametrize("old", [True, False])
def test_a_layer_that_is_there_twice_is_named(read, old):
    twice = layer("conv", "Convolution", [blob(WEIGHT)])
    again = layer("conv", "Convolution", [blob(WEIGHT)], old=old)
    assert "layer conv: found twice with weights" in refused(read, twice, again)
    # One without weights, as a net in training has its data layers twice, is no contradiction.
    assert list(read(twice, layer("conv", "Convolution", [], old=old))) == ["conv"]


WHOLE = block(1, b"net") + layer("conv", "Convolution", [blob(WEIGHT), blob(BIAS)])


@pytest.mark.parametrize("length", [len(WHOLE) - 1, len(WHOLE) - len(BIAS.tobytes()), 60, 8, 6, 4])
def test_a_file_that_is_cut_short_is_refused(read, length):
    assert list(read(WHOLE)) == ["conv"]
    assert "not a caffemodel, or cut short" in refused(read, WHOLE[:length])


@pytest.mark.parametrize(
    "content", [b"", b"net", block(1, b"net"), b'name: "AlexNet"\nlayer {', b"\x80"]
)
def test_what_is_no_caffemodel_is_refused(read, content):
    assert "not a caffemodel" in refused(read, content)


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(BadInput, match=r"gone\.caffemodel: the weights are missing"):
        read_caffemodel(tmp_path / "gone.caffemodel")
    (tmp_path / "folder.caffemodel").mkdir()
    with pytest.raises(BadInput, match=r"folder\.caffemodel: found a folder, expected a caff"):
        read_caffemodel(tmp_path / "folder.caffemodel")


def test_another_message_of_the_same_name_does_no_harm(read):
    from google.protobuf import descriptor_pb2, descriptor_pool

    # As caffe_pb2 registers itself, for everyone.
    theirs = descriptor_pb2.FileDescriptorProto(name="caffe.proto", package="caffe")
    theirs.message_type.add(name="Net").field.add(name="name", number=1, label=1, type=9)
    descriptor_pool.Default().Add(theirs)
    assert list(read(WHOLE)) == ["conv"]
