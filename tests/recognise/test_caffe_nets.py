"""The nets of Caffe's, held to OpenCV's reading of the same files, and to the formulas."""

import copy
from typing import NamedTuple

import cv2
import numpy as np
import pytest
import torch
from torch import nn

from aip.errors import BadInput
from aip.recognise.nets import IMAGENET, Statistics, source
from aip.recognise.nets.building import build, dimension, load
from aip.recognise.nets.caffe.layers import ResponseNorm
from aip.recognise.nets.caffemodel import read_caffemodel
from aip.recognise.nets.inputs import input_size
from aip.recognise.recogniser import Recogniser, normalise
from aip.recognise.svm import Svm, write_svm
from standins.caffe import NETS, blob, layer

# Blue, green and red, as Caffe's documents have it.
MEAN = np.array([104.00698793, 116.66876762, 122.67891434])
FEATURES = {"alexnet": 4096, "vgg16": 4096, "googlenet": 1024, "resnet152": 2048}
# These two were published before 2015, in the format of then.
OLD = ("alexnet", "vgg16")


def picture(height: int, width: int) -> np.ndarray:
    """Return (height, width, 3) pixels, red, green and blue, as unlike as they can be."""
    pixels = np.random.default_rng(5).integers(0, 256, (height, width, 3))
    return (pixels * [1, 0.6, 0.2]).astype(np.uint8)


def opencv(prototxt: str, caffemodel, image: np.ndarray, mean: np.ndarray, output: str):
    """Return OpenCV's output, given blue, green and red less their mean."""
    text = caffemodel.with_suffix(".prototxt")
    text.write_text(prototxt)
    cv2.setNumThreads(1)
    net = cv2.dnn.readNetFromCaffe(str(text), str(caffemodel))
    net.enableWinograd(False)
    given = (image[..., ::-1] - mean).astype(np.float32).transpose(2, 0, 1)
    net.setInput(np.ascontiguousarray(given[None]))
    return net.forward(output).reshape(1, -1)


def apart(found: torch.Tensor, expected: np.ndarray) -> float:
    """Return the largest difference, over the root mean square of what is expected."""
    return float(np.abs(found.numpy() - expected).max() / np.sqrt((expected**2).mean()))


def seen(image: np.ndarray, statistics: Statistics) -> torch.Tensor:
    pixels = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))[None].float()
    return normalise(pixels, statistics)


class Released(NamedTuple):
    arch: str
    net: nn.Module
    image: np.ndarray
    expected: np.ndarray


@pytest.fixture(scope="module", params=NETS)
def released(request, tmp_path_factory):
    """A net of random weights, at full width, as Caffe would have written it."""
    caffes, name = NETS[request.param](), request.param
    path = tmp_path_factory.mktemp(name) / "net.caffemodel"
    caffes.write(path, old=name in OLD)
    image = picture(caffes.size, caffes.size)
    expected = opencv(caffes.prototxt(), path, image, MEAN, caffes.features)
    net = build(f"caffe:{name}", str(path)).eval()
    path.unlink()  # up to half a gigabyte
    return Released(f"caffe:{name}", net, image, expected)


def test_features_are_those_that_opencv_gives(released):
    arch, net, image, expected = released
    statistics = source(arch).statistics(arch, net)
    assert statistics.mean == pytest.approx(MEAN[::-1], abs=1e-5)
    assert statistics.deviation == (1, 1, 1)
    with torch.no_grad():
        found = net(seen(image, statistics))
        mirrored = net(seen(image[..., ::-1], statistics))
    assert found.shape == (1, FEATURES[arch.removeprefix("caffe:")])
    assert (found > 0).float().mean() > 0.3
    assert apart(found, expected) < 1e-4
    # Far from it with blue and red exchanged, or with another mean.
    assert apart(mirrored, expected) > 0.01
    with torch.no_grad():
        assert apart(net(seen(image, IMAGENET._replace(deviation=(1, 1, 1)))), expected) > 5e-4


def test_gradients_reach_every_pixel(released):
    arch, net, image, _ = released
    x = seen(image, source(arch).statistics(arch, net)).requires_grad_()
    (gradient,) = torch.autograd.grad(net(x).square().sum(), x)
    assert gradient.isfinite().all()
    # AlexNet's windows leave out two pixels on each far side, and a ReLU may be shut.
    assert (gradient != 0).float().mean() > 0.9


def test_bfloat16_gives_about_the_same(released):
    arch, net, image, expected = released
    low = copy.deepcopy(net).bfloat16()
    with torch.no_grad():
        found = low(seen(image, source(arch).statistics(arch, net)).bfloat16()).float()
    assert torch.cosine_similarity(found, torch.from_numpy(expected)).item() > 0.99


def test_the_size_of_the_input_is_what_the_net_was_made_for(released):
    arch, net, image, _ = released
    assert input_size(arch, None) == [*image.shape[:2]]
    if arch.removeprefix("caffe:") in OLD:
        with pytest.raises(BadInput, match=f"input_size of {arch}: found 96, expected"):
            input_size(arch, 96)
    else:
        assert dimension(net, (96, 64)) == FEATURES[arch.removeprefix("caffe:")]


@pytest.fixture(scope="module")
def google(tmp_path_factory):
    """A GoogLeNet's caffemodel."""
    path = tmp_path_factory.mktemp("google") / "google.caffemodel"
    NETS["googlenet"]().write(path)
    return path


@pytest.mark.parametrize("size", [(131, 96), (97, 113)])
def test_at_another_size_the_last_map_is_averaged_whole(google, size):
    caffes, image = NETS["googlenet"](), picture(*size)
    text = caffes.prototxt().replace("kernel_size: 7 stride: 1 pad: 0", "global_pooling: true")
    text = text.replace("dim: 224 dim: 224", f"dim: {size[0]} dim: {size[1]}")
    expected = opencv(text, google, image, MEAN, caffes.features)
    net = build("caffe:googlenet", str(google)).eval()
    with torch.no_grad():
        found = net(seen(image, source("caffe:googlenet").statistics("caffe:googlenet", net)))
    assert apart(found, expected) < 1e-4


def test_another_mean_is_averaged_over_its_pixels_and_turned_to_rgb(google, tmp_path):
    image = np.random.default_rng(2).uniform(40, 120, (3, 256, 256))
    image += np.array([0, 40, 90])[:, None, None]
    np.save(tmp_path / "mean.npy", image)
    net = build("caffe:googlenet", str(google), str(tmp_path / "mean.npy")).eval()
    statistics = source("caffe:googlenet").statistics("caffe:googlenet", net)
    mean = image.reshape(3, -1).mean(1)
    assert statistics.mean == pytest.approx(mean[::-1], abs=1e-4)
    caffes, pixels = NETS["googlenet"](), picture(224, 224)
    expected = opencv(caffes.prototxt(), google, pixels, mean, caffes.features)
    with torch.no_grad():
        assert apart(net(seen(pixels, statistics)), expected) < 1e-4
    # A mean of three numbers is one too; a net keeps its own unless it is given another.
    np.save(tmp_path / "three.npy", np.array([1, 2, 3], np.uint8))
    torch.save(net.state_dict(), tmp_path / "net.pt")
    kept = build("caffe:googlenet", str(tmp_path / "net.pt"))
    other = build("caffe:googlenet", str(tmp_path / "net.pt"), str(tmp_path / "three.npy"))
    assert torch.equal(kept.mean, net.mean)
    assert other.mean.tolist() == [3, 2, 1]
    assert build("caffe:googlenet", None, str(tmp_path / "three.npy")).mean.tolist() == [3, 2, 1]


GREY = np.full((3, 4, 4), 100.0)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (GREY[0], r"expected a mean of shape \(3, height, width\) or \(3,\), found \(4, 4\)"),
        (GREY[:, 0], r"found \(3, 4\)"),
        (GREY.T, r"found \(4, 4, 3\)"),
        (GREY[:, :0], r"found \(3, 0, 4\)"),
        (np.float64(3), r"found \(\)"),
        (GREY / 255 - 0.5, "expected a mean of values between 0 and 255, found others"),
        (GREY + 200, "expected a mean of values between 0 and 255, found others"),
        (np.where(GREY > 0, np.nan, 0), "expected a mean of values between 0 and 255"),
        (GREY.astype(str), "not an array of numbers of numpy.save"),
        (GREY.astype(object), "not an array of numbers of numpy.save"),
        (GREY.astype(complex), "not an array of numbers of numpy.save"),
        (b"", "not an array of numbers of numpy.save"),
        (b"no array", "not an array of numbers of numpy.save"),
        (b"PK\x03\x04 as an archive begins", "not an array of numbers of numpy.save"),
        (b"\x93NUMPY\x01\x00\x05\x00(((( ", "not an array of numbers of numpy.save"),
    ],
)
def test_what_is_no_mean_is_named(tmp_path, content, sentence):
    path = tmp_path / "mean.npy"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        np.save(path, content, allow_pickle=True)
    with pytest.raises(BadInput, match=rf"mean\.npy: .*{sentence}"):
        build("caffe:googlenet", None, str(path))


def test_an_archive_and_half_a_file_are_no_mean(tmp_path):
    np.savez(tmp_path / "mean.npz", GREY)
    np.save(tmp_path / "mean.npy", GREY)
    (tmp_path / "half.npy").write_bytes((tmp_path / "mean.npy").read_bytes()[:200])
    for name in ("mean.npz", "half.npy"):
        with pytest.raises(BadInput, match=f"{name}: not an array of numbers"):
            build("caffe:googlenet", None, str(tmp_path / name))
    with pytest.raises(BadInput, match=r"gone\.npy: the mean is missing"):
        build("caffe:googlenet", None, str(tmp_path / "gone.npy"))


def test_only_nets_of_caffes_take_a_mean(tmp_path):
    np.save(tmp_path / "mean.npy", GREY)
    with pytest.raises(BadInput, match="a mean has no meaning for googlenet; only Caffe's nets"):
        build("googlenet", None, str(tmp_path / "mean.npy"))


@pytest.fixture
def spoilt(tmp_path):
    """Write a GoogLeNet with some layers replaced, by name; None leaves one out."""

    def write(**changed):
        path = tmp_path / "spoilt.caffemodel"
        with path.open("wb") as file:
            for name, kind, values in NETS["googlenet"]().blobs(1):
                values = changed.get(name.replace("/", "_"), values)
                if values is not None:
                    file.write(layer(name, kind, map(blob, values)))
        return str(path)

    return write


FILTERS = np.ones((64, 3, 7, 7))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (
            {"conv1_7x7_s2": [np.ones((64, 1, 7, 7)), np.ones(64)]},
            "layer conv1/7x7_s2, blob 0: expected shape (64, 3, 7, 7), found (64, 1, 7, 7)",
        ),
        (
            {"conv1_7x7_s2": [FILTERS, np.ones(65)]},
            "layer conv1/7x7_s2, blob 1: expected shape (64,), found (65,)",
        ),
        (
            {"conv1_7x7_s2": [FILTERS]},
            "layer conv1/7x7_s2, blob 1: expected shape (64,), found nothing",
        ),
        (
            {"conv1_7x7_s2": [FILTERS, np.ones(64), np.ones(64)]},
            "layer conv1/7x7_s2: expected 2 blobs, found 3",
        ),
        (
            {"inception_4c_5x5_reduce": None},
            "layer inception_4c/5x5_reduce, blob 0: expected shape (24, 512, 1, 1), found nothing",
        ),
        (
            {"inception_4c_5x5_reduce": [np.ones((24, 512)), np.ones(24)]},
            "layer inception_4c/5x5_reduce, blob 0: expected shape (24, 512, 1, 1), "
            "found (24, 512)",
        ),
    ],
)
def test_a_layer_that_does_not_fit_is_named_with_both_shapes(spoilt, changed, sentence):
    with pytest.raises(BadInput) as caught:
        build("caffe:googlenet", spoilt(**changed))
    assert str(caught.value).endswith(f"spoilt.caffemodel: {sentence}")


def test_layers_of_other_names_are_ignored(spoilt, google):
    found = build("caffe:googlenet", spoilt(loss3_faces=[np.ones((9, 9))]))
    expected = build("caffe:googlenet", str(google))
    assert all(map(torch.equal, found.state_dict().values(), expected.state_dict().values()))


def test_another_nets_weights_are_refused(google):
    expected = (
        r"google\.caffemodel: layer conv1, blob 0: expected shape \(96, 3, 11, 11\), found no"
    )
    with pytest.raises(BadInput, match=expected):
        build("caffe:alexnet", str(google))


def test_batch_norm_is_divided_by_what_caffe_kept_with_it(tmp_path):
    """The second layer's factor is 0, as of a net that saw nothing yet."""
    path = tmp_path / "net.caffemodel"
    with path.open("wb") as file:
        for name, kind, values in NETS["resnet152"]().blobs(1):
            if name == "bn2a_branch2a":
                values[2][:] = 0
            file.write(layer(name, kind, map(blob, values)))
    net = build("caffe:resnet152", str(path))
    raw = read_caffemodel(path)
    first, second = net.bn_conv1, net.get_submodule("res2a.branch2.bn2a_branch2a")
    mean, variance, factor = raw["bn_conv1"]
    assert first.running_mean.numpy() == pytest.approx(mean / factor, rel=1e-5)
    assert first.running_var.numpy() == pytest.approx(variance / factor, rel=1e-5)
    assert (first.eps, first.weight[3].item()) == (1e-5, raw["scale_conv1"][0][3])
    assert second.running_mean.count_nonzero() == second.running_var.count_nonzero() == 0


def test_response_norm_is_krizhevskys_formula():
    x = 100 * np.random.default_rng(3).standard_normal((2, 9, 3, 4))
    expected = np.empty_like(x)
    for i in range(9):
        near = x[:, max(0, i - 2) : i + 3]
        expected[:, i] = x[:, i] / (1 + 1e-4 / 5 * (near**2).sum(1)) ** 0.75
    norm = ResponseNorm(9).double()
    assert norm(torch.from_numpy(x)).numpy() == pytest.approx(expected, rel=1e-9)
    assert not norm.state_dict()


@pytest.mark.parametrize("arch", ["caffe:alexnet", "caffe:googlenet", "caffe:resnet152"])
def test_random_weights_keep_the_scale_of_an_image(arch):
    torch.manual_seed(1)
    net = build(arch, None).eval()
    torch.manual_seed(1)
    again = build(arch, None).eval()
    assert all(map(torch.equal, net.state_dict().values(), again.state_dict().values()))
    image = picture(*input_size(arch, None))
    with torch.no_grad():
        features = net(seen(image, source(arch).statistics(arch, net)))
    assert 0.05 < features.std() < 20


@pytest.mark.parametrize(
    ("arch", "shares"),
    [("alexnet", [0.5, 0.5]), ("vgg16", [0.5, 0.5]), ("googlenet", [0.4]), ("resnet152", [])],
)
def test_features_are_dropped_in_training_as_caffe_drops_them(arch, shares):
    with torch.device("meta"):
        net = build(f"caffe:{arch}", None)
    assert [m.p for m in net.modules() if isinstance(m, nn.Dropout)] == shares


def test_unknown_names_are_named_with_those_that_are():
    with pytest.raises(BadInput, match="unknown arch 'caffe:vgg19'; did you mean 'caffe:vgg16'"):
        build("caffe:vgg19", None)
    with pytest.raises(BadInput, match="weights 'BVLC' of caffe:alexnet; expected a file or null"):
        build("caffe:alexnet", "BVLC")
    with pytest.raises(BadInput, match=r"gone\.caffemodel: the weights are missing"):
        build("caffe:alexnet", "gone.caffemodel")


@pytest.mark.parametrize(
    ("layer_name", "values"), [(None, 1024), ("inception_4e", 832), ("pool5/7x7_s1", 1024)]
)
def test_a_recogniser_takes_its_mean_from_its_net(google, tmp_path, provenance, layer_name, values):
    np.save(tmp_path / "mean.npy", np.array([90.1, 110.3, 130.7]))
    net = build("caffe:googlenet", str(google), str(tmp_path / "mean.npy")).eval()
    torch.save(net.state_dict(), tmp_path / "net.pt")
    per_side = 2 if layer_name == "inception_4e" else 1  # of an input of 32
    names = np.array(["Ada", "Bob"])
    weight = np.random.default_rng(0).standard_normal((2, values * per_side**2), np.float32)
    svm = Svm(weight, np.zeros(2, np.float32), names, converged=True)
    write_svm(tmp_path / "svm.h5", svm, provenance())
    definition = {
        "arch": "caffe:googlenet",
        "feature_layer": layer_name,
        "input_size": [32, 32],
        "precision": "bfloat16",
    }
    found = Recogniser.load(definition, tmp_path / "net.pt", tmp_path / "svm.h5").cpu()
    mean = tuple(np.array([130.7, 110.3, 90.1], np.float32).tolist())  # no rounding to bfloat16
    assert found.statistics == Statistics(mean, (1, 1, 1))
    image = torch.from_numpy(picture(32, 32).transpose(2, 0, 1).copy())[None].float()
    cut = load("caffe:googlenet", layer_name, tmp_path / "net.pt")[0].eval()
    with torch.no_grad():
        expected = cut(image - torch.tensor(mean).view(3, 1, 1))
    similarity = torch.cosine_similarity(found.features(image), expected)
    assert similarity.item() > 0.99
    assert expected.shape[1] == weight.shape[1]
