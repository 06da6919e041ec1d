import json

import numpy as np
import pytest

from aip.errors import BadInput
from aip.recognise.nets.tfjs import files, in_torch_order, read_tensors
from standins import tfjs

RNG = np.random.default_rng(0)
TENSORS = {
    "conv/filters": RNG.normal(size=(3, 3, 2, 4)).astype(np.float32),
    "scale": RNG.normal(size=4).astype(np.float32),
    "limit": np.array(6, np.float32),
}


@pytest.fixture
def net(tmp_path):
    tfjs.write(tmp_path / "net.json", TENSORS)
    return tmp_path / "net.json"


def edit(net, change):
    """Change the one group of a manifest."""
    groups = json.loads(net.read_text())
    change(groups[0])
    net.write_text(json.dumps(groups))


@pytest.mark.parametrize(
    ("bits", "model", "tolerance"),
    [(32, False, 0), (8, False, 0.02), (16, False, 1e-4), (16, True, 2e-3)],
)
def test_what_was_written_comes_back(tmp_path, bits, model, tolerance):
    tfjs.write(tmp_path / "net.json", TENSORS, bits, model=model)
    found = read_tensors(tmp_path / "net.json")
    assert list(found) == list(TENSORS)
    for name, values in TENSORS.items():
        assert found[name].dtype == np.float32
        assert found[name].shape == values.shape
        assert np.abs(found[name] - values).max() <= tolerance


def test_quantised_numbers_are_those_on_disk_times_the_scale_plus_the_minimum(net):
    expected = tfjs.read(net)
    for name, values in read_tensors(net).items():
        assert values == pytest.approx(expected[name], abs=1e-6)


def test_a_groups_files_follow_each_other(net):
    content = net.with_suffix(".bin").read_bytes()
    whole = read_tensors(net)
    edit(net, lambda group: group.update(paths=["one", "two"]))
    (net.parent / "one").write_bytes(content[:30])
    (net.parent / "two").write_bytes(content[30:])
    assert files(net) == [net, net.parent / "one", net.parent / "two"]
    assert all((whole[name] == values).all() for name, values in read_tensors(net).items())


def test_axes_are_put_in_torchs_order(net):
    found = read_tensors(net)
    kernel = in_torch_order(found, "conv/filters", (4, 2, 3, 3), "net.json")
    assert kernel[1, 0, 2, 1] == found["conv/filters"][2, 1, 0, 1]
    assert in_torch_order({"m": np.ones((5, 7))}, "m", (7, 5), "net.json").shape == (7, 5)
    with pytest.raises(BadInput, match=r"net\.json: fc: expected shape \(5, 7\), found nothing"):
        in_torch_order(found, "fc", (7, 5), "net.json")
    with pytest.raises(BadInput, match=r"scale: expected shape \(3,\), found \(4,\)"):
        in_torch_order(found, "scale", (3,), "net.json")


def last(**change):
    return lambda group: group["weights"][-1].update(change)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda group: group.update(paths=["../net.bin"]),
            r"files beside it, found '\.\./net\.bin'",
        ),
        (
            lambda group: group.update(paths=["gone.bin"]),
            r"gone\.bin: no such file, which net\.json",
        ),
        (lambda group: group["weights"].pop(), r"net\.bin: expected 76 bytes, as .*, found 77"),
        (last(shape=[2]), r"net\.bin: expected 78 bytes or more, up to the tensor limit, found 77"),
        (last(name="scale"), "the tensor scale is there twice"),
        (last(shape=[-1]), r"limit: expected a shape, found \[-1\]"),
        (last(shape=[2**20, 2**20]), "limit: found .* more than 1,073,741,824 numbers"),
        (last(shape=None), "expected a tensor's name, shape and dtype, found"),
        (
            last(quantization={"dtype": "uint4"}),
            "limit: found numbers of the type 'uint4', expected",
        ),
        (last(quantization={"dtype": "uint8", "scale": 1}), "limit: expected a scale and a min"),
        (
            last(quantization={"dtype": "uint8", "scale": 1e39, "min": 0}),
            "limit: found a number that",
        ),
        (last(quantization=7), "limit: expected a quantization, found 7"),
        (lambda group: group.pop("weights"), "expected a manifest of TensorFlow.js"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(net, change, sentence):
    net.with_suffix(".bin").write_bytes(net.with_suffix(".bin").read_bytes()[:-1] + b"\x01")
    edit(net, change)
    with pytest.raises(BadInput, match=sentence):
        read_tensors(net)


@pytest.mark.parametrize("text", ["{", "3", "[]", "{}", '{"weightsManifest": 3}', "[" * 10_000])
def test_what_is_no_manifest_is_refused(net, text):
    net.write_text(text)
    with pytest.raises(
        BadInput, match=r"net of TensorFlow\.js|expected a manifest of TensorFlow\.js"
    ):
        files(net)


def test_a_net_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BadInput, match=r"gone\.json: .* cannot be read: No such file"):
        read_tensors(tmp_path / "gone.json")
