"""The recogniser's mixture as a user strategy meets it: weights, gradients, and shared passes."""

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from aip.errors import BadInput
from aip.perturb import METHODS, method
from aip.perturb.mixture import Share, mixture_of, recognisers_of, shares
from aip.perturb.native import canvas
from aip.perturb.problem import Problem
from aip.perturb.strategy import call
from aip.process.resize import resize
from aip.recognise.recogniser import Recogniser

MODULES = sorted({module: name for name, module in METHODS.items()}.values())
SIZES = ((9, 14), (23, 17), (13, 13))
INPUT = (12, 15)
# Two recognisers share a net, and the third has another one.
MIXTURE = (
    Share(0, "O", 0.125),
    Share(0, "B", 0.25),
    Share(1, "B", 0.375),
    Share(2, "B", 0.0625),
    Share(1, "T", 0.1875),
)


def convnet(seed):
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, 2), nn.ReLU(), nn.AdaptiveAvgPool2d(3), nn.Flatten()
    ).double()


def recogniser(net, seed, scale=1.0):
    weight = scale * torch.from_numpy(np.random.default_rng(seed).standard_normal((5, 72)))
    names = np.array([f"person{i}" for i in range(5)])
    return Recogniser(net, weight, torch.zeros(5), names, INPUT, dtype=torch.float64)


def recognisers():
    one, other = convnet(0), convnet(1)
    return (recogniser(one, 0), recogniser(one, 1, scale=7.0), recogniser(other, 2))


def problem(against, *, native, **more):
    rng = np.random.default_rng(4)
    heads = [torch.from_numpy(rng.uniform(0, 255, (3, *size)).round()) for size in SIZES]
    if not native:
        heads = [resize(head[None], *INPUT)[0] for head in heads]
    return Problem(
        x=canvas(heads),
        y=torch.tensor([0, 3, 4]),
        grey=torch.tensor([False] * 3),
        against=tuple(against),
        ids=np.array([10, 11, 12]),
        seed=3,
        native=SIZES if native else None,
        **{"robust_to": (("O", 1),), **more},
    )


def log_probability(scores, y):
    return scores.log_softmax(1).gather(1, y[:, None])[:, 0]


def perturbation(of):
    r = torch.from_numpy(np.random.default_rng(1).normal(0, 5, of.x.shape))
    for i, (height, width) in enumerate(of.sizes):
        r[i, :, height:] = 0
        r[i, :, :, width:] = 0
    return r


def expected(against, share, r, step, *, native):
    """Loss and gradient of one recogniser behind one kind of processing, in a problem of its own.

    Against several, scores are in units of each head's spread of clean ones.
    """
    single = problem([against[share.member]], native=native, robust_to=((share.kind, 1),))
    clean = single.scores(torch.zeros_like(single.x))
    spread = clean.std(1, keepdim=True)
    return single.gradient(lambda scores, y: log_probability(scores / spread, y), r, step)


@pytest.mark.parametrize("native", [True, False])
def test_the_gradient_is_the_weighted_sum_of_each_recognisers(native):
    against = recognisers()
    mixed = problem(against, native=native, mixture=MIXTURE)
    r = perturbation(mixed)
    loss, g = mixed.gradient(log_probability, r, 2)
    parts = [expected(against, share, r, 2, native=native) for share in MIXTURE]
    pairs = zip(MIXTURE, parts, strict=True)
    weighted = [(share.weight * v, share.weight * d) for share, (v, d) in pairs]
    assert loss.numpy() == pytest.approx(sum(v for v, _ in weighted).numpy(), rel=1e-9)
    assert g.numpy() == pytest.approx(sum(d for _, d in weighted).numpy(), rel=1e-6, abs=1e-12)
    assert torch.equal(mixed.loss(log_probability, r, 2), loss)


@pytest.mark.parametrize("native", [True, False])
def test_weights_count_relative_to_one_another(native):
    against = recognisers()
    mixed = problem(against, native=native, mixture=MIXTURE)
    doubled = replace(mixed, mixture=tuple(s._replace(weight=2 * s.weight) for s in MIXTURE))
    r = perturbation(mixed)
    for one, other in zip(
        mixed.gradient(log_probability, r, 0),
        doubled.gradient(log_probability, r, 0),
        strict=True,
    ):
        assert torch.equal(one, other)


@pytest.mark.parametrize("native", [True, False])
def test_sharing_a_nets_pass_gives_what_separate_passes_give(native):
    """And each image passes through the shared net once for each kind of processing."""
    shared = recognisers()
    separate = tuple(deepcopy(each) for each in shared)
    passes = []
    for against in (shared, separate):
        mixed, count = problem(against, native=native, mixture=MIXTURE), []
        for net in {id(each.net): each.net for each in against}.values():
            net.register_forward_hook(lambda *_, count=count: count.append(1))
        mixed._scale  # noqa: B018 — clean heads pass before the first step
        count.clear()
        passes.append(mixed.gradient(log_probability, perturbation(mixed), 1))
        assert len(count) == (4 if against is shared else 5)
    for one, other in zip(*passes, strict=True):
        assert one.numpy() == pytest.approx(other.numpy(), rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("native", [True, False])
def test_scores_are_the_recognisers_by_how_often_they_are_played(native):
    against = recognisers()
    mixed = problem(against, native=native, mixture=MIXTURE)
    r = perturbation(mixed)
    total = 0
    for member, weight in ((0, 0.375), (1, 0.5625), (2, 0.0625)):
        single = problem([against[member]], native=native)
        clean = single.scores(torch.zeros_like(r))
        total = total + weight * single.scores(r) / clean.std(1, keepdim=True)
    assert mixed.scores(r).numpy() == pytest.approx(total.numpy(), rel=1e-9)


@pytest.mark.parametrize("native", [True, False])
@pytest.mark.parametrize("name", MODULES)
def test_a_mixture_of_one_part_is_that_recogniser_behind_that_processing(name, native):
    """To the bit, for every method."""
    against, keys = [recognisers()[0]], {"steps": 3, "step_size": 0.3, "step_rule": "relative"}
    found = []
    for more in ({"robust_to": (("B", 1),)}, {"mixture": (Share(0, "B", 1.0),)}):
        posed = problem(against, native=native, **more)
        found.append(call(method(name), posed, {**keys, "epsilon": 60.0}))
    assert torch.equal(found[0].r, found[1].r)
    assert torch.equal(found[0].last_loss, found[1].last_loss)
    assert bool((found[0].r != 0).any())


@pytest.mark.parametrize("native", [True, False])
@pytest.mark.parametrize("name", MODULES)
def test_every_method_brings_the_mixtures_loss_down(name, native):
    mixed = problem(recognisers(), native=native, mixture=MIXTURE)
    recognised = mixed.scores(torch.zeros_like(mixed.x)).argmax(1)
    mixed = replace(mixed, y=recognised)
    keys = {"steps": 10, "step_size": 0.2, "step_rule": "relative", "epsilon": 600.0}
    found = call(method(name), mixed, keys)
    clean = mixed.loss(log_probability, torch.zeros_like(found.r), 50)
    assert mixed.loss(log_probability, found.r, 50).mean() < clean.mean()


def test_a_columns_probability_is_divided_over_its_draws():
    rng = np.random.default_rng(0)
    for _ in range(50):
        kinds = [rng.permutation(list("OBT"))[: rng.integers(1, 4)] for _ in range(4)]
        columns = [
            {
                "name": f"c{i}",
                "recogniser": str(rng.choice(["a", "b"])),
                "process": [(str(kind), int(rng.integers(1, 6))) for kind in kinds[i]],
            }
            for i in range(4)
        ]
        played = rng.dirichlet([1] * 4)
        found = mixture_of(columns, {f"c{i}": float(p) for i, p in enumerate(played)})
        weights = {(recogniser, kind): weight for recogniser, kind, weight in found}
        assert len(weights) == len(found)
        for key, weight in weights.items():
            by_hand = 0.0
            for column, p in zip(columns, played, strict=True):
                draws = [kind for kind, count in column["process"] for _ in range(count)]
                by_hand += p * draws.count(key[1]) / len(draws) * (column["recogniser"] == key[0])
            assert weight == pytest.approx(by_hand)
        assert sum(weights.values()) == pytest.approx(1)


def test_columns_that_are_hardly_played_are_left_out_and_the_others_make_up_for_them():
    columns = [
        {"name": name, "recogniser": name, "process": [("O", 2)]} for name in ("a", "b", "c")
    ]
    found = mixture_of(columns, {"a": 0.6 - 5e-7, "b": 5e-7, "c": 0.4})
    assert [part[:2] for part in found] == [("a", "O"), ("c", "O")]
    assert sum(weight for *_, weight in found) == pytest.approx(1, abs=1e-15)
    assert recognisers_of(found) == ["a", "c"]
    assert [share.member for share in shares(found)] == [0, 1]


@pytest.mark.parametrize(
    ("mixture", "sentence"),
    [
        ((Share(3, "O", 1.0),), "expected members from 0 to 2"),
        ((Share(-1, "O", 1.0),), "expected members from 0 to 2"),
        ((Share(0, "O", 0.0),), "mixture: found the weight 0.0, expected one above 0"),
        ((Share(0, "O", float("nan")),), "mixture: found the weight nan, expected one above 0"),
        ((Share(0, "X", 1.0),), "mixture: "),
        (
            (Share(0, "O", 0.5), Share(0, "O", 0.5)),
            "mixture: found a net behind one kind of processing twice",
        ),
    ],
)
def test_what_is_no_mixture_is_refused(mixture, sentence):
    with pytest.raises(BadInput) as caught:
        problem(recognisers(), native=False, mixture=mixture)
    assert sentence in str(caught.value)
