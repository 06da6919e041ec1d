import os
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.svm import LinearSVC

from aip.album.photo import read_photo
from aip.errors import BadInput
from aip.recognise.nets import source
from aip.recognise.nets.building import build, cut, dimension
from aip.recognise.nets.inputs import input_size
from aip.recognise.nets.onnx import load
from aip.recognise.recogniser import normalise, to_input
from standins.onnx_files import Builder, model

WEIGHTS, FACES = (os.environ.get(name) for name in ("AIP_FP512", "AIP_FACES"))
needs_weights = pytest.mark.skipif(WEIGHTS is None, reason="AIP_FP512 names no file of fp512")


def test_its_input_and_features_have_the_published_sizes():
    net = build("fp512", weights=None)
    assert input_size("fp512", None) == [112, 112]
    assert dimension(net, (112, 112)) == 512
    with pytest.raises(BadInput, match=r"expected \[112, 112\], the only one"):
        input_size("fp512", 96)
    mean, deviation = source("fp512").statistics("fp512", net)
    assert (set(mean), set(deviation)) == ({127.0}, {128.0})


@needs_weights
def test_its_taught_layers_compute_what_the_files_graph_does():
    net = build("fp512", weights=WEIGHTS).eval()
    x = torch.from_numpy(np.random.default_rng(0).uniform(-1, 1, (2, 3, 112, 112))).float()
    with torch.no_grad():
        (expected,) = load(WEIGHTS)(x)
        assert float((net(x) - expected).abs().max()) < 1e-5
    # And the graph has nothing that the net has not.
    held = sum(parameter.numel() for parameter in load(WEIGHTS).parameters())
    assert sum(parameter.numel() for parameter in net.parameters()) == held


def test_it_is_cut_as_other_nets_and_started_from_a_state_dict(tmp_path):
    torch.manual_seed(0)
    net = build("fp512", weights=None)
    with torch.no_grad():
        assert cut(net, "conv2")(torch.zeros(1, 3, 112, 112)).shape == (1, 512 * 7 * 7)
    torch.save(net.state_dict(), tmp_path / "net.pt")
    again = build("fp512", weights=str(tmp_path / "net.pt"))
    assert torch.equal(net.linear1.weight, again.linear1.weight)


def test_a_file_of_another_net_is_refused(tmp_path):
    path = tmp_path / "other.onnx"
    path.write_bytes(model([], {}).SerializeToString())
    with pytest.raises(BadInput, match=r"other\.onnx: not an ONNX net: it holds no operation"):
        build("fp512", weights=str(path))
    build_ = Builder()
    build_.add("Identity", build_.convolution("x", 3, 64, strides=[2, 2]), output="y")
    path.write_bytes(model(build_.nodes, build_.constants).SerializeToString())
    with pytest.raises(BadInput, match=r"other\.onnx: found 1 convolutions and slopes, expected"):
        build("fp512", weights=str(path))


@needs_weights
def test_weights_of_another_shape_are_refused(tmp_path):
    import onnx

    made = onnx.load_model(WEIGHTS)
    (stem,) = [node for node in made.graph.node if node.input[0] == "input"]
    for attribute in stem.attribute:
        if attribute.name == "strides":
            attribute.ints[:] = [1, 1]
    path = tmp_path / "other.onnx"
    path.write_bytes(made.SerializeToString())
    with pytest.raises(BadInput, match=r"found Conv with weights .* expected conv1\.0 of fp512"):
        build("fp512", weights=str(path))


@needs_weights
@pytest.mark.skipif(FACES is None, reason="AIP_FACES names no folder of people")
def test_its_taught_features_recognise_people_of_lfw():
    """Of the 40 people that the documents' figure is of, the first ten."""
    people = sorted(path.name for path in Path(FACES).iterdir() if len(list(path.iterdir())) >= 10)
    chosen = np.random.default_rng(0).choice(people, 40, replace=False)[:10]
    net = build("fp512", weights=WEIGHTS).eval()
    statistics = source("fp512").statistics("fp512", net)
    features = []
    for person in chosen:
        # The head's box in a photo of Labeled Faces in the Wild.
        heads = [read_photo(p)[40:192, 60:190] for p in sorted(Path(FACES, person).iterdir())[:10]]
        inputs = torch.stack([to_input(head, (112, 112)) for head in heads])
        with torch.no_grad():
            features.append(net(normalise(inputs, statistics)).numpy())
    known = np.repeat(chosen, 5)
    svm = LinearSVC(C=1, random_state=0, max_iter=20_000)
    svm.fit(np.concatenate([person[::2] for person in features]), known)
    assert svm.score(np.concatenate([person[1::2] for person in features]), known) >= 0.98
