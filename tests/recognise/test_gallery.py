"""Classifiers by cosine, beside a few lines of NumPy, one head and one enrolled head at a time."""

import numpy as np
import pytest
import torch
from torch import nn

from aip.errors import BadInput
from aip.recognise.classifier import rate, rows, teach, write_classifier
from aip.recognise.recogniser import Recogniser, normalise, read_rows
from aip.recognise.sharing import scores_of, with_classifier
from aip.store.hdf5 import writing

PEOPLE = np.array([*"bacbbacb"])  # some with more enrolled heads than others, in no order
SIZE = (5, 6)
KINDS = ("cosine", "centroid")


def embeddings(n, d=12, seed=0):
    rng = np.random.default_rng(seed)
    return (rng.normal(1, 2, (n, d)) * rng.uniform(0.1, 9, (n, 1))).astype(np.float32)


def cosine(u, v):
    return float(u @ v / np.sqrt((u @ u) * (v @ v)))


def expected(kind, enrolled, probes):
    """Each probe's score of each person, in alphabetical order."""
    enrolled, probes = enrolled.astype(np.float64), probes.astype(np.float64)
    found = []
    for probe in probes:
        scores = []
        for person in sorted(set(PEOPLE)):
            own = enrolled[person == PEOPLE]
            if kind == "centroid":
                own = [np.mean([each / np.sqrt(each @ each) for each in own], axis=0)]
            scores.append(max(cosine(probe, each) for each in own))
        found.append(scores)
    return np.array(found)


def net(seed=0, dtype=torch.float64):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.Tanh(), nn.Flatten(), nn.Linear(48, 12)).to(dtype)


def recogniser(kind, *, taught=net, dtype=torch.float64, seed=0):
    weight, bias, people, owners = rows(teach(kind, embeddings(8, seed=seed), PEOPLE, seed=1))
    return Recogniser(taught(), weight, bias, people, SIZE, dtype=dtype, owners=owners)


def images(n=3, seed=2):
    rng = np.random.default_rng(seed)
    return torch.from_numpy(rng.uniform(0, 255, (n, 3, *SIZE)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_score_is_the_cosine_to_the_nearest_entry(kind):
    found, x = recogniser(kind), images()
    features = found.net(normalise(x, found.statistics)).numpy()
    scores = expected(kind, embeddings(8), features)
    assert found(x).numpy() == pytest.approx(scores, abs=1e-7)
    assert found.identities.tolist() == ["a", "b", "c"]
    assert np.abs(scores).max() > 0.2  # else any small numbers would do


@pytest.mark.parametrize("kind", KINDS)
def test_a_classifier_alone_scores_as_the_recogniser_does(kind):
    enrolled, probes = embeddings(8), embeddings(20, seed=3)
    scores = expected(kind, enrolled, probes)
    classifier = teach(kind, enrolled, PEOPLE, seed=1)
    assert classifier.scores(probes) == pytest.approx(scores, abs=1e-6)
    identity = np.resize([*"abc"], 20)
    right = np.array([*"abc"])[scores.argmax(1)] == identity
    assert rate(classifier, probes, identity) == right.mean()
    assert 0 < right.mean() < 1


@pytest.mark.parametrize("kind", KINDS)
def test_neither_the_order_nor_the_lengths_of_enrolled_embeddings_count(kind):
    enrolled, order = embeddings(8), np.random.default_rng(5).permutation(8)
    once, again = (
        teach(kind, found, people, seed=1)
        for found, people in (
            (enrolled, PEOPLE),
            (enrolled[order] * np.arange(1, 9)[:, None], PEOPLE[order]),
        )
    )
    probes = embeddings(5, seed=3)
    assert again.scores(probes) == pytest.approx(once.scores(7 * probes), abs=1e-6)


def test_a_gallery_of_one_head_each_is_its_own_mean():
    each, mean = (teach(kind, embeddings(3), np.array([*"cab"]), seed=1) for kind in KINDS)
    assert each.entries == pytest.approx(mean.entries, abs=1e-7)
    assert each.identities.tolist() == mean.identities.tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_is_that_of_finite_differences(kind):
    found, x = recogniser(kind), images(1)
    for person in range(3):
        leaf = x.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(found(leaf)[0, person], leaf)
        direction = torch.from_numpy(np.random.default_rng(person).normal(size=x.shape))
        ahead, behind = (found(x + h * direction)[0, person] for h in (1e-4, -1e-4))
        along = float((gradient * direction).sum())
        assert along == pytest.approx(float(ahead - behind) / 2e-4, rel=1e-5)
        assert abs(along) > 1e-5


@pytest.mark.parametrize("kind", KINDS)
def test_recognisers_that_share_a_net_have_their_own_classifiers(kind, tmp_path, provenance):
    shared = net(dtype=torch.float32)
    svm, other = (recogniser(k, taught=lambda: shared, dtype=torch.float32) for k in ("svm", kind))
    write_classifier(
        tmp_path / "svm.h5", teach(kind, embeddings(8), PEOPLE, seed=1), provenance({})
    )
    again = with_classifier(svm, tmp_path / "svm.h5")
    x, passes = images().float(), []
    shared.register_forward_hook(lambda *_: passes.append(1))
    found = scores_of([svm, again], x)
    assert len(passes) == 1
    assert torch.equal(found[0], svm(x))
    assert torch.equal(found[1], other(x))
    assert not torch.allclose(*found)


@pytest.mark.parametrize("kind", [*KINDS, "svm"])
def test_a_classifier_is_read_as_it_was_written(kind, tmp_path, provenance):
    classifier = teach(kind, embeddings(8), PEOPLE, seed=1)
    write_classifier(tmp_path / "svm.h5", classifier, provenance({}))
    for found, wanted in zip(read_rows(tmp_path / "svm.h5"), rows(classifier), strict=True):
        assert np.array_equal(found, wanted) if wanted is not None else found is None


def test_a_gallery_that_is_not_whole_is_refused(tmp_path, provenance):
    with writing(tmp_path / "svm.h5", provenance()) as file:
        file["identities"], file["owners"] = [b"a"], [0]
    with pytest.raises(BadInput, match=r"svm\.h5"):
        read_rows(tmp_path / "svm.h5")


@pytest.mark.parametrize("kind", [*KINDS, "svm"])
def test_an_embedding_of_another_size_than_the_enrolled_ones_is_refused(kind):
    longer = recogniser(kind, taught=lambda: nn.Sequential(net()[0], nn.Flatten()))
    expected = "found an embedding of 48 numbers, expected 12, as those of the enrolled heads have"
    with pytest.raises(BadInput, match=expected):
        longer(images())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [0.0, np.nan, np.inf])
def test_an_embedding_without_a_direction_cannot_be_enrolled(kind, value):
    enrolled = embeddings(8)
    enrolled[2] = value
    with pytest.raises(BadInput, match=rf"an embedding of length {value:g} of c, expected"):
        teach(kind, enrolled, PEOPLE, seed=1)


def test_a_head_without_a_direction_has_no_score_and_no_nan():
    found = recogniser("cosine", taught=lambda: net())
    with torch.no_grad():
        found.net[3].weight.zero_(), found.net[3].bias.zero_()
    x = images().requires_grad_()
    scores = found(x)
    assert torch.equal(scores, torch.zeros(3, 3))
    (gradient,) = torch.autograd.grad(scores.sum(), x)
    assert bool(gradient.isfinite().all())
