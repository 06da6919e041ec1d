import copy

import numpy as np
import pytest
import torch
from torch import nn

from aip.errors import BadInput
from aip.recognise.nets import IMAGENET
from aip.recognise.nets.building import build
from aip.recognise.recogniser import Recogniser, compute_dtype, normalise, to_input
from aip.recognise.svm import Svm, write_svm
from aip.store.hdf5 import writing

DEFINITION = {
    "arch": "resnet18",
    "feature_layer": None,
    "input_size": [32, 32],
    "precision": "float32",
}
NAMES = np.array(["Ada", "Bob", "Zoë"])


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    return build("resnet18", weights=None).eval()


def recogniser(net, dtype=torch.float32) -> Recogniser:
    rng = np.random.default_rng(1)
    weight = torch.from_numpy(rng.standard_normal((3, 512)))
    return Recogniser(net, weight, torch.tensor([0.5, -1.0, 2.0]), NAMES, (32, 32), dtype=dtype)


def images(n: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(2).uniform(0, 255, (n, 3, 32, 32))).float()


def test_normalised_images_have_imagenets_mean_at_zero_and_its_deviation_at_one():
    mean = 255 * np.array([0.485, 0.456, 0.406])
    deviation = 255 * np.array([0.229, 0.224, 0.225])
    x = np.stack([mean, mean + deviation, np.zeros(3)]).reshape(3, 3, 1, 1)
    found = normalise(torch.from_numpy(x), IMAGENET).reshape(3, 3).numpy()
    assert found == pytest.approx(np.stack([[0] * 3, [1] * 3, -mean / deviation]), abs=1e-5)


def test_scores_are_a_linear_map_of_the_features(net):
    found = recogniser(net)
    x = images(4)
    features = found.features(x).double()
    assert features.numpy() == pytest.approx(net(normalise(x, IMAGENET)).detach().numpy(), abs=1e-5)
    expected = features.numpy() @ found.weight.double().numpy().T + [0.5, -1.0, 2.0]
    assert found(x).numpy() == pytest.approx(expected, rel=1e-4, abs=1e-3)


def test_scores_are_differentiable_to_the_image_and_no_parameter_learns():
    torch.manual_seed(0)
    smooth = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Tanh(), nn.AvgPool2d(6), nn.Flatten())
    weight = torch.from_numpy(np.random.default_rng(0).standard_normal((3, 16)))
    found = Recogniser(smooth, weight, torch.zeros(3), NAMES, (16, 16))
    x = images(1)[..., :16, :16].requires_grad_()
    (gradient,) = torch.autograd.grad(found(x)[0, 1], x)
    direction = gradient / gradient.norm()
    with torch.no_grad():
        ahead, behind = (found(x + h * direction)[0, 1] for h in (20, -20))
    assert float(ahead - behind) / 40 == pytest.approx(float(gradient.norm()), rel=0.01)
    assert not any(p.requires_grad for p in found.parameters())
    assert not found.training


def shallow(net):  # noqa: ARG001
    torch.manual_seed(0)
    layers = nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 32, 3), nn.ReLU(), nn.AvgPool2d(7)
    return nn.Sequential(*layers, nn.Flatten())


@pytest.mark.parametrize(("make", "at_least"), [(shallow, 0.98), (copy.deepcopy, 0.95)])
def test_gradients_in_bfloat16_point_where_those_in_float32_do(net, make, at_least):
    gradients = []
    for dtype in (torch.float32, torch.bfloat16):
        found = recogniser(make(net), dtype)
        x = images(4).requires_grad_()
        scores = found(x)
        assert scores.dtype == torch.float32
        gradients.append(torch.autograd.grad((scores[:, 0] - scores[:, 1]).sum(), x)[0].flatten(1))
    assert torch.cosine_similarity(*gradients).min() > at_least
    assert (gradients[0] != gradients[1]).any()


def test_labels_are_positions_among_the_scores(net):
    assert recogniser(net).labels(np.array(["Zoë", "Ada", "Zoë"])).tolist() == [2, 0, 2]


def test_a_head_is_resized_to_the_square_input_without_keeping_its_aspect():
    head = np.zeros((40, 20, 3), np.uint8)
    head[:20], head[..., 2] = 200, 50
    found = to_input(head, (10, 10))
    assert (found.shape, found.dtype) == ((3, 10, 10), torch.float32)
    assert found[0, :3].numpy() == pytest.approx(200, abs=1e-3)
    assert found[0, 7:].numpy() == pytest.approx(0, abs=1e-3)
    assert found[2].numpy() == pytest.approx(50, abs=1e-3)


def test_a_head_of_the_inputs_size_is_the_input():
    head = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    assert np.array_equal(to_input(head, (8, 8)).permute(1, 2, 0).numpy(), head)


@pytest.fixture
def files(net, tmp_path, provenance):
    torch.save(net.state_dict(), tmp_path / "net.pt")
    weight = np.random.default_rng(1).standard_normal((3, 512)).astype(np.float32)
    svm = Svm(weight, np.array([0.5, -1, 2], np.float32), NAMES, converged=True)
    write_svm(tmp_path / "svm.h5", svm, provenance())
    return tmp_path / "net.pt", tmp_path / "svm.h5"


def test_a_recogniser_is_loaded_from_its_artifacts(net, files):
    loaded = Recogniser.load(DEFINITION, *files).cpu()
    x = images(2)
    assert loaded(x).numpy() == pytest.approx(recogniser(net)(x).numpy(), rel=1e-4, abs=1e-3)
    assert loaded.identities.tolist() == NAMES.tolist()
    assert loaded.input_size == (32, 32)
    assert not loaded.training


def test_a_recogniser_without_a_whole_svm_is_refused(files, provenance):
    net, svm = files
    with writing(svm, provenance()):
        pass
    with pytest.raises(BadInput, match=r"svm\.h5"):
        Recogniser.load(DEFINITION, net, svm)


def test_the_precision_of_gradients_is_that_of_the_config():
    assert compute_dtype("float32") == torch.float32
    assert compute_dtype("tfloat32") == torch.float32
    assert compute_dtype("bfloat16") == torch.bfloat16
    assert compute_dtype("auto") in (torch.float32, torch.bfloat16)


def test_a_net_keeps_its_batch_statistics():
    net = nn.Sequential(nn.BatchNorm2d(3), nn.Flatten())
    found = Recogniser(net, torch.ones(2, 12), torch.zeros(2), NAMES[:2], (2, 2))
    x = images(4)[:, :, :2, :2]
    first = found(x)
    assert torch.equal(found(x), first)
    assert found(x[:1]).numpy() == pytest.approx(first[:1].numpy(), rel=1e-5)


@pytest.mark.parametrize(("dtype", "bound"), [(torch.float32, 1e-4), (torch.bfloat16, 2e-2)])
def test_how_much_another_batch_changes_is_bounded(net, dtype, bound):
    """By the shares of the scores' spread that docs/internals.md speaks of."""
    whole = recogniser(copy.deepcopy(net), dtype)
    scores = whole(images(16))
    for size in (1, 7, 12):
        apart = torch.cat([whole(part) for part in images(16).split(size)])
        assert (apart - scores).abs().max() < bound * scores.std(0).mean()
