"""dlib's ResNet and FaceRes: computed by NumPy too, and on faces, the figures of their weights."""

import os
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.svm import LinearSVC

from aip.album.photo import read_photo
from aip.errors import BadInput
from aip.recognise.nets import source
from aip.recognise.nets.building import build, dimension
from aip.recognise.nets.inputs import input_size
from aip.recognise.recogniser import normalise, to_input
from standins import tfjs

FACES = os.environ.get("AIP_FACES")
WEIGHTS = {name: os.environ.get(f"AIP_{name.upper()}") for name in ("dlib", "faceres")}
FEATURES = {"dlib": 128, "faceres": 1024}
DLIB = ("32_1", "32_2", "32_3", "64_down", "64_1", "64_2", "64_3", "128_down", "128_1", "128_2")
DLIB += ("256_down", "256_1", "256_2", "256_down_out")
# Channels and strides of the blocks of a MobileNet of full width (Howard et al. 2017, table 1).
MOBILE = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2)]
MOBILE += [(1024, 1)]


def drawn(arch):
    """Draw tensors with the published names and shapes, as TensorFlow.js has them."""
    rng = np.random.default_rng(7)

    def kernel(size, inputs, out):
        spread = np.sqrt(2 / (size * size * (inputs if out > 1 else 1)))
        return rng.normal(0, spread, (size, size, inputs, out)).astype(np.float32)

    def each(channels, about, spread=0.1):
        return (about + spread * rng.normal(size=channels)).astype(np.float32)

    if arch == "faceres":
        found = {"conv1/convolution/merged_input": kernel(3, 3, 32) / 64}
        found["conv1_bn/batchnorm_1/sub"] = each(32, 0)
        channels = 32
        for number, (out, _) in enumerate(MOBILE, start=1):
            deep, wide = f"conv_dw_{number}", f"conv_pw_{number}"
            found[f"{deep}/depthwise_kernel"] = kernel(3, channels, 1)
            found[f"{deep}_bn/batchnorm_1/mul"] = each(channels, 1)
            found[f"{deep}_bn/batchnorm_1/sub"] = each(channels, 0)
            found[f"{wide}/convolution/merged_input"] = kernel(1, channels, out)
            found[f"{wide}_bn/batchnorm_1/sub"] = each(out, 0)
            channels = out
        return found
    found, channels = {}, 3
    layers = ["32_down", *(f"{block}/conv{n}" for block in DLIB for n in (1, 2))]
    for layer in layers:
        out = int(layer.partition("_")[0])
        found[f"conv{layer}/conv/filters"] = kernel(7 if channels == 3 else 3, channels, out)
        found[f"conv{layer}/conv/bias"] = each(out, 0)
        found[f"conv{layer}/scale/weights"] = each(out, 0.5)
        found[f"conv{layer}/scale/biases"] = each(out, 0)
        channels = out
    return found | {"fc": rng.normal(size=(256, 128)).astype(np.float32) / 16}


def dlib_in_numpy(t, x):
    def layer(x, name, stride=1):
        y = tfjs.convolve(x, t[f"{name}/conv/filters"], stride, same=stride == 1)
        return (y + t[f"{name}/conv/bias"]) * t[f"{name}/scale/weights"] + t[f"{name}/scale/biases"]

    x = tfjs.pool(np.maximum(layer(x, "conv32_down", 2), 0), 3, 2, np.max)
    for block in DLIB:
        down = "down" in block
        y = np.maximum(layer(x, f"conv{block}/conv1", 2 if down else 1), 0)
        y = layer(y, f"conv{block}/conv2")
        if down:
            x = tfjs.pool(x, 2, 2, np.mean)
        sides = [max(pair) for pair in zip(x.shape, y.shape, strict=True)]
        x, y = (
            np.pad(m, [(0, n - k) for n, k in zip(sides, m.shape, strict=True)]) for m in (x, y)
        )
        x = np.maximum(x + y, 0)
    return x.mean((0, 1)) @ t["fc"]


def faceres_in_numpy(t, x):
    def shifted(y, name):
        return np.clip(y + t[f"{name}_bn/batchnorm_1/sub"], 0, 6)

    x = x[..., ::-1]  # blue first
    x = shifted(tfjs.convolve(x, t["conv1/convolution/merged_input"], 2, same=True), "conv1")
    for number, (_, stride) in enumerate(MOBILE, start=1):
        deep, wide = f"conv_dw_{number}", f"conv_pw_{number}"
        y = tfjs.convolve(x, t[f"{deep}/depthwise_kernel"], stride, same=True)
        x = shifted(y * t[f"{deep}_bn/batchnorm_1/mul"], deep)
        x = shifted(tfjs.convolve(x, t[f"{wide}/convolution/merged_input"], same=True), wide)
    return x.mean((0, 1))


NUMPY = {"dlib": dlib_in_numpy, "faceres": faceres_in_numpy}


@pytest.fixture(scope="module", params=NUMPY)
def written(request, tmp_path_factory):
    """Random weights in a file, as the net's package has them."""
    path = tmp_path_factory.mktemp(request.param) / f"{request.param}.json"
    tfjs.write(path, drawn(request.param), 16, model=request.param == "faceres")
    return request.param, path


@pytest.fixture(scope="module")
def net(written):
    arch, path = written
    return arch, build(arch, str(path)).eval()


@pytest.fixture
def images(net):
    arch, _ = net
    torch.manual_seed(1)
    coarse = torch.rand(2, 3, 9, 9) * 255
    return torch.nn.functional.interpolate(coarse, input_size(arch, None), mode="bilinear")


def test_features_are_those_that_numpy_computes(net, written, images):
    arch, found = net
    normalised = normalise(images, source(arch).statistics(arch, found))
    with torch.no_grad():
        features = found(normalised).numpy()
    assert features.shape == (2, FEATURES[arch])
    assert dimension(found, input_size(arch, None)) == FEATURES[arch]
    tensors = tfjs.read(written[1])
    for image, feature in zip(normalised.numpy(), features, strict=True):
        expected = NUMPY[arch](tensors, image.transpose(1, 2, 0).astype(float))
        assert expected.std() > 0.01
        assert np.abs(feature - expected).max() < 1e-4 * np.abs(expected).max()


def test_it_is_normalised_as_its_weights_were_taught(net):
    arch, found = net
    images = torch.tensor([122.782, 117.001, 104.298]).view(3, 1, 1).expand(3, 2, 2)
    mean, deviation = source(arch).statistics(arch, found)
    black = normalise(torch.zeros(3, 1, 1), source(arch).statistics(arch, found)).flatten()
    if arch == "dlib":
        assert normalise(images, (mean, deviation)).abs().max() < 1e-6
        assert black.tolist() == pytest.approx([-0.479617, -0.457035, -0.407414], abs=1e-6)
    else:
        assert black.tolist() == pytest.approx([-123.68, -116.779, -103.939])


def test_it_is_differentiable_in_channels_last_and_bfloat16(net, images):
    arch, found = net
    inputs = normalise(images, source(arch).statistics(arch, found)).double()

    def gradient(net, inputs):
        inputs.requires_grad_()
        return torch.autograd.grad(net(inputs).square().sum(), inputs)[0]

    exact = gradient(deepcopy(found).double(), inputs.clone())
    assert float(exact.abs().amax((1, 2, 3)).min()) > 0
    last = deepcopy(found).double().to(memory_format=torch.channels_last)
    same = gradient(last, inputs.clone(memory_format=torch.channels_last))
    assert torch.allclose(same, exact, atol=1e-9 * float(exact.abs().max()))
    with torch.no_grad():
        rounded = last.to(torch.bfloat16)(inputs.to(torch.bfloat16))
        similar = torch.nn.functional.cosine_similarity(rounded.float(), found(inputs.float()))
    assert rounded.dtype == torch.bfloat16
    assert float(similar.min()) > 0.99


def test_a_state_dict_of_its_own_is_read_as_well(net, tmp_path):
    arch, found = net
    torch.save(found.state_dict(), tmp_path / "net.pt")
    state = build(arch, str(tmp_path / "net.pt")).state_dict()
    assert all(torch.equal(state[name], value) for name, value in found.state_dict().items())


def test_the_weights_of_another_net_are_refused(written, tmp_path):
    arch, path = written
    other = "faceres" if arch == "dlib" else "dlib"
    with pytest.raises(BadInput, match=rf"{arch}\.json: .*: expected shape .*, found nothing"):
        build(other, str(path))
    tensors = drawn(arch)
    name = next(iter(tensors))
    tfjs.write(tmp_path / "net.json", tensors | {name: tensors[name][..., :-1]}, 16)
    with pytest.raises(BadInput, match=rf"net\.json: {name}: expected shape .*, found \("):
        build(arch, str(tmp_path / "net.json"))


# Of the first people of the 40 that the documents' figures are of, so many heads are named.
FIGURES = {"dlib": (46, 48), "faceres": (50, 50)}


@pytest.mark.parametrize("arch", FIGURES)
@pytest.mark.skipif(FACES is None, reason="AIP_FACES names no folder of people")
def test_taught_weights_recognise_as_many_faces_as_they_did(arch):
    if WEIGHTS[arch] is None:
        pytest.skip(f"AIP_{arch.upper()} names no file of taught weights")
    net = build(arch, WEIGHTS[arch]).eval().to(memory_format=torch.channels_last)
    statistics = source(arch).statistics(arch, net)
    people = sorted(p.name for p in Path(FACES).iterdir() if len(list(p.iterdir())) >= 10)
    chosen = np.random.default_rng(0).choice(people, 40, replace=False)[:10]
    features = []
    for person in chosen:
        # The head's box in a photo of Labeled Faces in the Wild.
        heads = [read_photo(p)[40:192, 60:190] for p in sorted(Path(FACES, person).iterdir())[:10]]
        inputs = torch.stack([to_input(head, input_size(arch, None)) for head in heads])
        with torch.no_grad():
            features.append(net(normalise(inputs, statistics)).numpy())
    known = np.repeat(chosen, 5)
    svm = LinearSVC(C=1, random_state=0, max_iter=20_000)
    svm.fit(np.concatenate([person[::2] for person in features]), known)
    right = svm.predict(np.concatenate([person[1::2] for person in features])) == known
    least, most = FIGURES[arch]
    assert least <= right.sum() <= most
