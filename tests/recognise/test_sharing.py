"""Recognisers that share a net: loaded once, and passed once."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from aip.errors import BadInput
from aip.recognise.interface import score
from aip.recognise.nets.building import build
from aip.recognise.recogniser import Recogniser
from aip.recognise.sharing import load_sharing, scores_of, sharing
from aip.recognise.svm import Svm, write_svm
from aip.store.hdf5 import writing

DEFINITION = {
    "arch": "mobilefacenet",
    "feature_layer": None,
    "input_size": [112, 96],
    "precision": "float32",
}
NAMES = np.array(["Ada", "Bob", "Zoë"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two nets, and an SVM for each of three recognisers."""
    folder = tmp_path_factory.mktemp("recognisers")
    for seed in (0, 1):
        torch.manual_seed(seed)
        torch.save(build("mobilefacenet", weights=None).state_dict(), folder / f"net{seed}.pt")
    return folder


@pytest.fixture
def files(folder, provenance):
    for number in range(3):
        rng = np.random.default_rng(number)
        weight, bias = rng.standard_normal((3, 128)), rng.standard_normal(3)
        svm = Svm(weight.astype(np.float32), bias.astype(np.float32), NAMES, converged=True)
        write_svm(folder / f"svm{number}.h5", svm, provenance())
    return [
        (DEFINITION, str(folder / f"net{net}.pt"), folder / f"svm{svm}.h5")
        for svm, net in enumerate((0, 1, 0))
    ]


@pytest.fixture
def images():
    return torch.from_numpy(np.random.default_rng(0).uniform(0, 255, (2, 3, 40, 30))).float()


def test_what_is_loaded_together_scores_as_what_is_loaded_alone(files, images):
    together = load_sharing(files)
    for each, (definition, net, svm) in zip(together, files, strict=True):
        alone = Recogniser.load(definition, Path(net), svm)
        assert torch.equal(score(each, images), score(alone, images))
        assert each.identities.tolist() == NAMES.tolist()
        assert not each.training
        assert not any(parameter.requires_grad for parameter in each.parameters())


def test_a_net_of_one_file_is_there_once(files):
    together = load_sharing(files)
    assert together[0].net is together[2].net
    assert together[0].net is not together[1].net
    assert sharing(together) == [[0, 2], [1]]


def test_nets_that_are_no_recognisers_share_with_themselves_alone():
    nets = [nn.Flatten(), nn.Flatten()]
    assert sharing([nets[0], nets[1], nets[0]]) == [[0, 2], [1]]


def test_shared_scores_are_those_of_each(files, images):
    first, _, third = load_sharing(files)
    passes = []
    first.net.register_forward_hook(lambda *_: passes.append(1))
    found = scores_of([first, third], images)
    assert len(passes) == 1
    for each, scores in zip((first, third), found, strict=True):
        assert scores.numpy() == pytest.approx(score(each, images).numpy(), rel=1e-6)
    assert not torch.allclose(*found)


def test_an_svm_that_is_not_whole_is_refused(files, folder, provenance):
    with writing(folder / "svm2.h5", provenance()):
        pass
    with pytest.raises(BadInput, match=r"svm2\.h5"):
        load_sharing(files)
