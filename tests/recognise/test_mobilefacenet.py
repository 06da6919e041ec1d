import os
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest
import torch

from aip.album.photo import read_photo
from aip.errors import BadInput
from aip.recognise.nets import source
from aip.recognise.nets.building import build, dimension
from aip.recognise.nets.inputs import input_size
from aip.recognise.recogniser import normalise, to_input

WEIGHTS, FACES = (os.environ.get(name) for name in ("AIP_MOBILEFACENET", "AIP_FACES"))
needs_weights = pytest.mark.skipif(
    WEIGHTS is None, reason="AIP_MOBILEFACENET names no file of a taught MobileFaceNet's weights"
)


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    return build("mobilefacenet", weights=None).eval()


def layers():
    """Yield the names and shapes of the published layers, from the facts of the net."""

    def norm(name, channels, rest=("running_mean", "running_var")):
        yield from ((f"{name}.{part}", (channels,)) for part in ("weight", "bias", *rest))
        yield f"{name}.num_batches_tracked", ()

    def convolution(name, inputs, out, kernel, *, linear=False):
        yield f"{name}.conv.weight", (out, inputs, *kernel)
        yield from norm(f"{name}.bn", out)
        if not linear:
            yield f"{name}.prelu.weight", (out,)

    yield from convolution("conv1", 3, 64, (3, 3))
    yield from convolution("dw_conv1", 1, 64, (3, 3))
    channels, block = 64, 0
    for expansion, out, repeats in ((2, 64, 5), (4, 128, 1), (2, 128, 6), (4, 128, 1), (2, 128, 2)):
        for _ in range(repeats):
            name, wide = f"blocks.{block}.conv", channels * expansion
            yield f"{name}.0.weight", (wide, channels, 1, 1)
            yield from norm(f"{name}.1", wide)
            yield f"{name}.2.weight", (wide,)
            yield f"{name}.3.weight", (wide, 1, 3, 3)
            yield from norm(f"{name}.4", wide)
            yield f"{name}.5.weight", (wide,)
            yield f"{name}.6.weight", (out, wide, 1, 1)
            yield from norm(f"{name}.7", out)
            channels, block = out, block + 1
    yield from convolution("conv2", 128, 512, (1, 1))
    yield from convolution("linear7", 1, 512, (7, 6), linear=True)
    yield from convolution("linear1", 512, 128, (1, 1), linear=True)


def test_its_layers_have_the_published_names_and_shapes(net):
    found = {name: tuple(tensor.shape) for name, tensor in net.state_dict().items()}
    assert found == dict(layers())
    assert sum(parameter.numel() for parameter in net.parameters()) == 999_552


def test_its_maps_shrink_to_7_by_6_and_then_to_128_features(net):
    assert input_size("mobilefacenet", None) == [112, 96]
    assert dimension(net, (112, 96)) == 128
    seen = []
    hooks = [
        layer.register_forward_hook(lambda *given: seen.append(tuple(given[-1].shape[1:])))
        for layer in (net.conv1, *(net.blocks[i] for i in (0, 5, 12)), net.conv2)
    ]
    with torch.no_grad():
        found = net(torch.rand(2, 3, 112, 96))
    for hook in hooks:
        hook.remove()
    assert found.shape == (2, 128)
    assert seen == [(64, 56, 48), (64, 28, 24), (128, 14, 12), (128, 7, 6), (512, 7, 6)]


def test_blocks_whose_shapes_agree_add_what_they_are_given(net):
    for number, block in enumerate(net.blocks):
        x = torch.rand(1, block.conv[0].in_channels, 8, 8)
        with torch.no_grad():
            rest = block(x) - block.conv(x)
        assert torch.allclose(rest, torch.zeros(1) if number in (0, 5, 12) else x, atol=1e-5)


def test_its_input_is_normalised_to_about_minus_1_to_1(net):
    image = torch.tensor([0.0, 127.5, 255.0]).expand(3, 1, 3)
    found = normalise(image, source("mobilefacenet").statistics("mobilefacenet", net))
    assert found.numpy() == pytest.approx(
        np.tile([-127.5 / 128, 0, 127.5 / 128], (3, 1, 1)), abs=1e-7
    )


def test_weights_come_from_a_file_that_fits(net, tmp_path):
    state = dict(net.state_dict())
    torch.save(state, tmp_path / "face.pt")
    found = build("mobilefacenet", weights=str(tmp_path / "face.pt"))
    assert all(torch.equal(state[name], value) for name, value in found.state_dict().items())
    state["linear7.conv.weight"] = torch.zeros(512, 1, 7, 7)
    torch.save(state, tmp_path / "face.pt")
    expected = r"linear7\.conv\.weight: expected shape \(512, 1, 7, 6\), found \(512, 1, 7, 7\)"
    with pytest.raises(BadInput, match=expected):
        build("mobilefacenet", weights=str(tmp_path / "face.pt"))
    with pytest.raises(BadInput, match=r"weights .CASIA. of mobilefacenet; expected a file"):
        build("mobilefacenet", weights="CASIA")


@needs_weights
def test_the_state_dict_of_taught_weights_fits_exactly():
    state = torch.load(WEIGHTS, weights_only=True)
    assert {name: tuple(tensor.shape) for name, tensor in state.items()} == dict(layers())


@needs_weights
@pytest.mark.skipif(FACES is None, reason="AIP_FACES names no folder of people")
def test_taught_features_of_one_person_are_closer_than_those_of_two():
    net = build("mobilefacenet", weights=WEIGHTS).eval()
    folders = sorted(path for path in Path(FACES).iterdir() if len(list(path.iterdir())) >= 4)[:6]
    statistics = source("mobilefacenet").statistics("mobilefacenet", net)
    features = []
    for folder in folders:
        # The head's box in a photo of Labeled Faces in the Wild.
        heads = [read_photo(path)[40:192, 60:190] for path in sorted(folder.iterdir())[:4]]
        inputs = torch.stack([to_input(head, (112, 96)) for head in heads])
        with torch.no_grad():
            features.append(torch.nn.functional.normalize(net(normalise(inputs, statistics))))
    same = [float(a @ b) for person in features for a, b in combinations(person, 2)]
    other = [float(a @ b) for one, two in combinations(features, 2) for a, b in product(one, two)]
    assert np.mean(same) > np.mean(other) + 0.3
    assert np.quantile(same, 0.2) > np.quantile(other, 0.9)
