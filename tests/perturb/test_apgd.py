"""APGD on both losses beside an independent one in float64 NumPy."""

from fractions import Fraction
from math import ceil

import numpy as np
import pytest

from aip.errors import BadInput
from aip.perturb import method
from aip.perturb.apgd import checkpoints

STEPS = 30


def ratio(f, y):
    """Return −DLR and its derivative, which is zero, exactly, where the label is third."""
    first, _, third = np.argsort(-f)[:3]
    other = max((value, k) for k, value in enumerate(f) if k != y)[1]
    unit, below = np.eye(len(f)), f[first] - f[third]
    above = f[y] - f[other]
    v = (unit[y] - unit[other]) / below - above / below / below * (unit[first] - unit[third])
    return above / below, v


def targeted_ratio(true):
    """Return the targeted DLR, a function of the scores and the target, and its derivative."""

    def loss(f, target):
        first, _, third, fourth = np.argsort(-f)[:4]
        unit, below = np.eye(len(f)), f[first] - (f[third] + f[fourth]) / 2
        above, down = f[target] - f[true], unit[first] - (unit[third] + unit[fourth]) / 2
        return above / below, (unit[target] - unit[true]) / below - above / below / below * down

    return loss


def run(reference, i, loss, epsilon):
    """Return the iterates that are evaluated, the best, and how often it went back to it."""
    p = [Fraction(0), Fraction(22, 100)]
    while p[-1] < 1:
        p.append(p[-1] + max(p[-1] - p[-2] - Fraction(3, 100), Fraction(6, 100)))
    w = [ceil(share * STEPS) for share in p]
    r = before = np.zeros(reference.problem.x[i].shape)
    f, g = reference.gradient(loss, i, r, 0)
    kept, falls, eta, went_back = [(f, r, g)], [], 2 * epsilon, 0
    last, then = 0, (eta, f)
    for k in range(1, STEPS + 1):
        z = reference.constrain(i, r - eta * g / max(np.linalg.norm(g), 1e-300), epsilon)
        step = z - r if k == 1 else 0.75 * (z - r) + 0.25 * (r - before)
        before, r = r, reference.constrain(i, r + step, epsilon)
        falls.append(-f)
        f, g = reference.gradient(loss, i, r, k)
        falls[-1] += f
        kept.append((f, r, g))
        best = min(kept, key=lambda point: point[0])
        if k in w:
            few = sum(fall < 0 for fall in falls[last:k]) < 0.75 * (k - last)
            unchanged = then == (eta, best[0])
            last, then = k, (eta, best[0])
            if few or unchanged:
                went_back += best[1] is not r
                eta, (f, r, g) = eta / 2, best
    return [point[1] for point in kept], best[1], went_back


@pytest.mark.parametrize("targeted", [False, True])
@pytest.mark.parametrize("epsilon", [15.0, 60.0])
@pytest.mark.parametrize("robust_to", [(("O", 1),), (("O", 1), ("N", 1), ("B", 1))])
@pytest.mark.parametrize("hidden", [False, True], ids=["linear", "ReLU"])
@pytest.mark.parametrize("name", ["apgd-ce", "apgd-dlr"])
def test_every_iterate_is_that_of_algorithm_1(name, hidden, robust_to, epsilon, targeted, case):
    problem, reference = case(
        hidden, 0.3 if hidden else 0.02, robust_to, targeted=targeted, recognised=True
    )
    found = method(name)(problem, steps=STEPS, epsilon=epsilon)
    assert len(problem.asked) == STEPS + 1
    times = 0
    for i in range(len(problem.ids)):
        loss = reference.losses["log"]
        if name == "apgd-dlr":
            loss = targeted_ratio(int(problem.y[i])) if targeted else ratio
        iterates, r, went_back = run(reference, i, loss, epsilon)
        for k, expected in enumerate(iterates):
            error = np.linalg.norm(problem.asked[k][i] - expected)
            assert error <= 1e-6 * np.linalg.norm(expected), k
        assert np.linalg.norm(found.r[i].numpy() - r) <= 1e-6 * np.linalg.norm(r)
        last_loss, _ = reference.gradient(loss, i, r, STEPS + 1)
        assert float(found.last_loss[i]) == pytest.approx(last_loss, rel=1e-6, abs=1e-9)
        times += went_back
    assert times > 0


def test_the_best_point_is_given_and_not_the_last(case):
    problem, reference = case(robust_to=(("N", 1),), recognised=True)
    steps = 101  # the first number whose last step is no checkpoint
    found = method("apgd-ce")(problem, steps=steps, epsilon=60.0)
    last = []
    for i in range(len(problem.ids)):
        points = [r[i] for r in problem.asked]
        loss = reference.losses["log"]
        losses = [reference.gradient(loss, i, r, step)[0] for step, r in enumerate(points)]
        best = int(np.argmin(losses))
        last.append(best == steps)
        assert np.linalg.norm(found.r[i].numpy() - points[best]) <= 1e-6 * 60
        assert float(found.first_loss[i]) == pytest.approx(losses[0], rel=1e-9)
        at_the_end, _ = reference.gradient(loss, i, points[best], steps + 1)
        assert float(found.last_loss[i]) == pytest.approx(at_the_end, rel=1e-9)
    assert not all(last)


def test_checkpoints_come_closer_to_six_percent():
    assert checkpoints(100) == [22, 41, 57, 70, 80, 87, 93, 99]
    assert checkpoints(30) == [7, 13, 18, 21, 24, 27, 28, 30]
    assert checkpoints(1) == [1]


@pytest.mark.parametrize(("identities", "targeted"), [(2, False), (3, True)])
def test_too_few_identities_for_the_ratio_are_named(identities, targeted, case):
    problem, _ = case(identities=identities, targeted=targeted)
    expected = rf"^apgd-dlr: found {identities} identities, expected at least {identities + 1}"
    with pytest.raises(BadInput, match=expected):
        method("apgd-dlr")(problem, steps=3, epsilon=100.0)
    enough, _ = case(identities=identities + 1, targeted=targeted)
    assert method("apgd-dlr")(enough, steps=3, epsilon=100.0).r.isfinite().all()
