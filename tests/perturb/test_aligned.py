"""Heads perturbed against recognisers that see them by their landmarks, at native size."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from aip.compute.draws import generator
from aip.errors import BadInput
from aip.perturb.gaman import gaman, margin
from aip.perturb.native import canvas, uncovered
from aip.perturb.problem import Problem
from aip.perturb.steps import Steps
from aip.process.following import process_following
from aip.process.resize import resize
from aip.process.warp import warp
from aip.recognise.recogniser import Recogniser
from aip.recognise.template import arcface, similarity

SIZES = ((19, 14), (23, 17), (13, 13))
INPUT = (10, 9)
FACE = np.array(arcface((112, 112))) / 112


def recogniser(template=True, seed=0):
    weight = torch.from_numpy(np.random.default_rng(seed).standard_normal((4, 3 * 10 * 9)))
    names = np.array([f"person{i}" for i in range(4)])
    given = arcface(INPUT) if template else None
    return Recogniser(
        nn.Flatten(), weight, torch.zeros(4), names, INPUT, dtype=torch.float64, template=given
    )


def landmarks():
    """Turned and shifted faces; in the last head none was found."""
    rng = np.random.default_rng(5)
    found = np.array([FACE * (w, h) + rng.uniform(-1, 1, (5, 2)) for h, w in SIZES])
    found[2] = np.nan
    return found


def posed(against, chosen=range(3), **more):
    rng = np.random.default_rng(4)
    heads = [rng.integers(0, 256, (3, *size)).astype(float) for size in SIZES]
    return Problem(
        x=canvas([torch.from_numpy(heads[i]) for i in chosen]),
        y=torch.tensor([0, 1, 2])[list(chosen)],
        grey=torch.tensor([False] * len(chosen)),
        against=tuple(against),
        ids=np.array([10 + i for i in chosen]),
        seed=3,
        native=tuple(SIZES[i] for i in chosen),
        landmarks=landmarks()[list(chosen)],
        **{"robust_to": (("O", 1),), **more},
    )


def seen(head, points, net):
    """What a net sees of a head, as the documents have it."""
    if net.template is None or np.isnan(points).any():
        return resize(head, *net.input_size)
    return warp(head, similarity(points, net.template), *net.input_size)


@pytest.mark.parametrize("template", [True, False])
def test_nets_are_shown_heads_by_their_landmarks_and_resized_where_there_are_none(template):
    problem, net = posed([recogniser(template)]), recogniser(template)
    found = problem.scores(torch.zeros_like(problem.x))
    for head, points, scores in zip(uncovered(problem.x, SIZES), landmarks(), found, strict=True):
        assert torch.allclose(scores, net(seen(head, points, net))[0])


def test_the_gradient_goes_through_the_warp():
    """Of a linear net it is that of finite differences, away from where pixels round."""
    problem, net = posed([recogniser()]), recogniser()

    def score(scores, y):
        return scores.gather(1, y[:, None])[:, 0]

    _, g = problem.gradient(score, torch.zeros_like(problem.x), 0)
    rng = np.random.default_rng(0)
    for i, (height, width) in enumerate(SIZES):
        head = problem.x[i : i + 1, :, :height, :width]
        for _ in range(5):
            c, v, u = (int(rng.integers(n)) for n in (3, height, width))
            moved = torch.zeros_like(head)
            moved[0, c, v, u] = 1.0
            more, less = (
                net(seen(head + sign * moved, landmarks()[i], net))[0, i] for sign in (1, -1)
            )
            assert float(g[i, c, v, u]) == pytest.approx(float(more - less) / 2, abs=1e-9)


@pytest.mark.parametrize("kind", ["T", "C", "R", "N"])
def test_landmarks_move_with_a_head_that_processing_moves(kind):
    problem, net = posed([recogniser()], robust_to=((kind, 1),)), recogniser()
    found = problem.loss(margin, torch.zeros_like(problem.x), 2)
    for i, head in enumerate(uncovered(problem.x, SIZES)):
        rng = generator(problem.seed, "user", kind, int(problem.ids[i]), 2, 0)
        drawn, points = process_following(head, landmarks()[i], kind, rng, "user")
        scores = net(seen(drawn.clamp(0, 255).round(), points, net))
        assert float(found[i]) == pytest.approx(float(margin(scores, problem.y[i : i + 1])))


def test_nets_that_align_and_nets_that_do_not_are_perturbed_against_together():
    problem = posed([recogniser(), recogniser(template=False, seed=1)], robust_to=(("T", 2),))
    radius = torch.full((3, 1, 1, 1), 300.0, dtype=torch.float64)
    found = gaman(problem, Steps(steps=6, step_size=0.3, epsilon=radius))
    assert (found.last_loss < found.first_loss).all()


def test_a_head_is_perturbed_alike_to_the_bit_whoever_is_beside_it():
    radius = torch.full((3, 1, 1, 1), 300.0, dtype=torch.float64)
    steps, runs = Steps(steps=4, step_size=0.3, epsilon=radius), []
    for chosen in ([0, 1, 2], [2, 2, 0], [1, 0, 2]):
        found = gaman(posed([recogniser()], chosen, robust_to=(("C", 1), ("O", 1))), steps)
        own = uncovered(found.r, tuple(SIZES[i] for i in chosen))
        runs.append(dict(zip(chosen, own, strict=True)))
    for other in runs[1:]:
        assert all(torch.equal(r, runs[0][i]) for i, r in other.items())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"landmarks": None}, "landmarks: found None, expected it with a Recogniser that has"),
        ({"native": None}, "native: found None, expected it with a Recogniser that has a template"),
        ({"landmarks": np.zeros((3, 4, 2))}, r"landmarks: found shape \(3, 4, 2\), expected"),
        ({"landmarks": np.full((3, 5, 2), np.inf)}, r"landmarks: found shape \(3, 5, 2\)"),
        ({"landmarks": "none"}, "landmarks: found no array of numbers"),
    ],
)
def test_landmarks_that_are_missing_or_none_are_refused(given, said):
    with pytest.raises(BadInput, match=said):
        replace(posed([recogniser()]), **given)
