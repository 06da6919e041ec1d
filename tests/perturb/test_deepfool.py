"""DeepFool beside the closed form on a linear recogniser, and an independent one in NumPy."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from aip.errors import BadInput
from aip.perturb import method

STEPS = 20


def difference(rival):
    """Return f_label − f_rival, a function of the scores and the label, and its derivative."""

    def loss(f, label):
        return f[label] - f[rival], np.eye(len(f))[label] - np.eye(len(f))[rival]

    return loss


def label(reference, i, r):
    """Return who the head is taken for, by scores over the spread of the clean ones."""
    x, nets = reference.problem.x[i].numpy(), reference.nets
    scales = [net.scores(x)[0].std(ddof=1) for net in nets]
    return np.argmax(sum(n.scores(x + r)[0] / s for n, s in zip(nets, scales, strict=True)))


def iterates(reference, i, overshoot, candidates):
    """Return r before each step, and after the last."""
    given, target = reference.problem, reference.problem.target
    y, x = int(given.y[i]), given.x[i].numpy()
    clean = sum(net.scores(x)[0] / net.scores(x)[0].std(ddof=1) for net in reference.nets)
    rivals = [k for k in np.argsort(-clean) if k != y][:candidates]
    if target is not None:
        rivals = [y]  # the reference turns the sign of f_target − f_y
    found = [np.zeros(x.shape)]
    while len(found) <= STEPS:
        r = found[-1]
        reached = label(reference, i, (1 + overshoot) * r)
        if (reached != y) if target is None else (reached == int(target[i])):
            break
        moves = []
        for rival in rivals:
            f, w = reference.gradient(difference(rival), i, (1 + overshoot) * r, len(found) - 1)
            w = np.broadcast_to(w.mean(0), w.shape) if given.grey[i] else w
            moves.append((abs(f) / np.linalg.norm(w), w / np.linalg.norm(w)))
        distance, w = min(moves, key=lambda move: move[0])
        found.append(r - distance * w)
    return found


def turn_aside(reference):
    """Make who is second for head 0 hard to reach: its score changes as that of the first."""
    (net,) = reference.nets
    x = reference.problem.x[0].numpy()
    scores = net.scores(x)[0]
    first, second = np.argsort(-scores)[:2]
    net.W2[second] = net.W2[first] + 0.01 * (net.W2[second] - net.W2[first])
    net.b2[second] += scores[second] - net.scores(x)[0][second]


@pytest.mark.parametrize("candidates", [1, 10])
@pytest.mark.parametrize("spread", [30, 110], ids=["within 0–255", "clipped"])
def test_on_a_linear_recogniser_it_is_the_way_to_the_nearest_hyperplane(spread, candidates, case):
    problem, reference = case(recognised=True, spread=spread)
    turn_aside(reference)
    epsilon, (net,), ranks = 100.0, reference.nets, []
    found = method("deepfool")(problem, steps=STEPS, epsilon=epsilon, candidates=candidates).r
    for i, x in enumerate(problem.x.numpy()):
        f, back = net.scores(x)
        first, *others = np.argsort(-f)
        assert first == problem.y[i]
        nearest = np.inf
        for rank, other in enumerate(others[:candidates]):
            w = back(np.eye(len(f))[first] - np.eye(len(f))[other])
            w = np.broadcast_to(w.mean(0), w.shape) if problem.grey[i] else w
            distance = (f[first] - f[other]) / np.linalg.norm(w)
            if distance < nearest:
                nearest, nearest_rank, way = distance, rank, -w / np.linalg.norm(w)
        ranks.append(nearest_rank)
        assert label(reference, i, 1.02 * nearest * way) != first
        expected = reference.constrain(i, epsilon * way, epsilon)
        assert np.linalg.norm(found[i].numpy() - expected) <= 1e-6 * np.linalg.norm(expected)
        if spread == 30:
            assert np.linalg.norm(found[i]) == pytest.approx(epsilon)
    assert (ranks[0] > 0) == (candidates > 1)


@pytest.mark.parametrize("targeted", [False, True])
@pytest.mark.parametrize(
    ("robust_to", "sizes"), [("O", (20,)), ("ONB", (20,)), ("O", (20, 13))], ids=str
)
@pytest.mark.parametrize(("overshoot", "candidates"), [(0.02, 10), (0.1, 10), (0.02, 2)])
def test_every_iterate_on_a_relu_net_steps_to_the_nearest_linearised_boundary(
    overshoot, candidates, robust_to, sizes, targeted, case
):
    copies = tuple((kind, 1) for kind in robust_to)
    problem, reference = case(True, 0.3, copies, sizes, targeted, recognised=True)
    found = method("deepfool")(
        problem, steps=STEPS, epsilon=150.0, overshoot=overshoot, candidates=candidates
    )
    rivals = 1 if targeted else min(candidates, 4)
    asked = problem.asked[::rivals]
    lengths = []
    for i in range(len(problem.ids)):
        expected = iterates(reference, i, overshoot, candidates)
        lengths.append(len(expected) - 1)
        for step, r in enumerate(asked):
            r_expected = (1 + overshoot) * expected[min(step, lengths[-1])]
            assert np.linalg.norm(r[i] - r_expected) <= 1e-6 * np.linalg.norm(r_expected)
        last = expected[-1]
        scaled = reference.constrain(i, 150.0 * last / max(np.linalg.norm(last), 1e-300), 150.0)
        assert np.linalg.norm(found.r[i].numpy() - scaled) <= 1e-6 * np.linalg.norm(scaled)
    assert len(asked) == max(lengths)
    if (robust_to, overshoot) == ("O", 0.02):
        assert max(lengths) > 1


def test_each_head_stops_where_its_label_has_changed_and_none_moves_that_starts_so(case):
    problem, _ = case(True, 0.3, recognised=True)
    mistaken = replace(problem, y=(problem.y + torch.tensor([0, 1, 0])) % 5)
    r = method("deepfool")(mistaken, steps=STEPS, epsilon=150.0).r
    together = method("deepfool")(problem, steps=STEPS, epsilon=150.0).r
    assert torch.equal(r[1], torch.zeros_like(r[1]))
    assert np.abs((r - together)[[0, 2]].numpy()).max() <= 1e-9
    assert (r.flatten(1).norm(dim=1)[[0, 2]] > 50).all()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"overshoot": -0.1}, "overshoot: found -0.1, expected a number of at least 0"),
        ({"overshoot": "a"}, "overshoot: found 'a', expected a number of at least 0"),
        ({"candidates": 2.5}, "candidates: found 2.5, expected a whole number of at least 1"),
        ({"candidates": 0}, "candidates: found 0, expected a whole number of at least 1"),
    ],
)
def test_what_cannot_be_is_named(given, sentence, case):
    with pytest.raises(BadInput, match=f"^{sentence}$"):
        method("deepfool")(case()[0], steps=3, epsilon=100.0, **given)
