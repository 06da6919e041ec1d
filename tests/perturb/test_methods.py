import numpy as np
import pytest
import torch

from aip.draws import generator
from aip.perturb import METHODS, method
from aip.perturb.problem import Problem
from aip.process import process

SIZE, IDENTITIES, STEPS = 6, 4, 20
MEAN = np.array([123.675, 116.28, 103.53])[:, None, None]
DEVIATION = np.array([58.395, 57.12, 57.375])[:, None, None]


@pytest.fixture
def recogniser(linear):
    return linear(IDENTITIES, SIZE, scale=0.3)


@pytest.fixture
def problem(recogniser):
    def make(n=5, robust_to=(("O", 1),), grey=(), seed=3, dark=False):
        rng = np.random.default_rng(seed)
        # Near 0 and 255 too, so that clipping matters.
        x = np.clip(rng.normal(128, 110, (n, 3, SIZE, SIZE)), 0, 255)
        for i in grey:
            x[i] = x[i].mean(0)
        return Problem(
            x=torch.from_numpy(x * (0 if dark else 1)).float(),
            y=torch.arange(n) % IDENTITIES,
            grey=torch.tensor([i in grey for i in range(n)]),
            against=(recogniser,),
            robust_to=robust_to,
            ids=np.arange(10, 10 + n),
            seed=seed,
        )

    return make


class Reference:
    """The methods on a linear recogniser, whose gradients are known: float64 NumPy."""

    def __init__(self, recogniser):
        weight = recogniser.weight.double().numpy().reshape(-1, 3, SIZE, SIZE)
        self.weight = weight / DEVIATION
        flat = weight.reshape(len(weight), -1)
        offset = (np.broadcast_to(MEAN / DEVIATION, weight[0].shape)).ravel()
        self.bias = recogniser.bias.double().numpy() - flat @ offset

    def scores(self, x):
        return np.tensordot(self.weight, x, 3) + self.bias

    def loss_and_gradient(self, loss, x, y):
        f = self.scores(x)
        if loss == "score":
            return f[y], self.weight[y]
        if loss == "log probability":
            p = np.exp(f - f.max())
            p /= p.sum()
            return np.log(p[y]), self.weight[y] - np.tensordot(p, self.weight, 1)
        other = max((f[k], k) for k in range(len(f)) if k != y)[1]
        self.others.append(other)
        return f[y] - f[other], self.weight[y] - self.weight[other]

    def descend(self, loss, sign, x, y, grey, steps, step_size, epsilon):
        self.others, losses, r = [], [], np.zeros_like(x)
        for _ in range(steps):
            value, g = self.loss_and_gradient(loss, x + r, y)
            losses.append(value)
            d = np.sign(g) if sign else g
            r = r - step_size * epsilon * d / np.sqrt((d**2).sum())
            if grey:
                r = np.broadcast_to(r.mean(0), r.shape)
            r = np.clip(x + r, 0, 255) - x
            norm = np.sqrt((r**2).sum())
            if norm > epsilon:
                r = r * epsilon / norm
        return r, losses


CASES = {
    "fgv": ("log probability", False),
    "ga": ("log probability", False),
    "fgs": ("log probability", True),
    "bi": ("log probability", True),
    "fgv-s": ("score", False),
    "ga-s": ("score", False),
    "fgs-s": ("score", True),
    "bi-s": ("score", True),
    "gaman": ("margin", False),
}


def test_every_method_has_a_reference_here():
    assert set(CASES) == set(METHODS)


@pytest.mark.parametrize("steps", [1, STEPS])
@pytest.mark.parametrize(("step_size", "epsilon"), [(0.1, 60.0), (0.3, 500.0)])
@pytest.mark.parametrize("name", CASES)
def test_a_method_on_a_linear_recogniser_is_the_closed_form(
    name, step_size, epsilon, steps, problem, recogniser
):
    given = problem(grey=(1, 4))
    found = method(name)(
        given, steps=steps, step_size=step_size, step_rule="relative", epsilon=epsilon
    )
    reference = Reference(recogniser)
    for i in range(5):
        x, y = given.x[i].double().numpy(), int(given.y[i])
        r, losses = reference.descend(*CASES[name], x, y, i in (1, 4), steps, step_size, epsilon)
        assert np.linalg.norm(found.r[i].numpy() - r) <= 1e-4 * np.linalg.norm(r)
        assert float(found.first_loss[i]) == pytest.approx(losses[0], rel=1e-4, abs=1e-4)
        assert float(found.last_loss[i]) == pytest.approx(losses[-1], rel=1e-4, abs=1e-3)


def test_gaman_chooses_the_strongest_other_anew_at_every_step(problem, recogniser):
    given = problem(n=1)
    # Identity 2 is behind identity 1 at first, and overtakes it as the head moves towards both.
    recogniser.weight[2] = 3 * recogniser.weight[1]
    recogniser.bias.zero_()
    scores = recogniser(given.x)[0]
    recogniser.bias.copy_(-scores + torch.tensor([1.0, 0.0, -0.5, -99.0]))
    found = method("gaman")(given, steps=STEPS, step_size=0.1, step_rule="relative", epsilon=60)
    reference, x = Reference(recogniser), given.x[0].double().numpy()
    anew, _ = reference.descend("margin", False, x, 0, False, STEPS, 0.1, 60.0)
    assert (reference.others[0], reference.others[-1]) == (1, 2)
    r = found.r[0].numpy()
    assert np.linalg.norm(r - anew) <= 1e-4 * np.linalg.norm(anew)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("epsilon", [20.0, 400.0, 5000.0])
def test_the_perturbed_head_is_an_image_in_the_ball_and_the_loss_falls(name, epsilon, problem):
    given = problem(grey=(0,))
    found = method(name)(given, steps=STEPS, step_size=0.2, step_rule="relative", epsilon=epsilon)
    perturbed = given.x + found.r
    assert perturbed.min() >= -1e-4
    assert perturbed.max() <= 255 + 1e-4
    assert (found.r.flatten(1).norm(dim=1) <= epsilon * (1 + 1e-6)).all()
    assert (found.last_loss < found.first_loss).all()


@pytest.mark.parametrize("name", CASES)
def test_a_grey_head_stays_grey_and_another_does_not_become_so(name, problem):
    given = problem(grey=(0, 3))
    r = method(name)(given, steps=5, step_size=0.2, step_rule="relative", epsilon=100.0).r
    spread = (r - r.mean(1, keepdim=True)).abs().amax((1, 2, 3))
    assert spread[[0, 3]].max() <= 1e-4
    assert spread[[1, 2, 4]].min() > 0.1


@pytest.mark.parametrize("name", CASES)
def test_a_zero_gradient_moves_nothing_and_gives_no_nan(name, problem, recogniser):
    recogniser.weight.zero_()
    found = method(name)(problem(), steps=3, step_size=0.1, step_rule="relative", epsilon=100.0)
    assert torch.equal(found.r, torch.zeros_like(found.r))
    assert found.last_loss.isfinite().all()


MIX = (("O", 1), ("T", 1), ("N", 2), ("B", 2), ("C", 1))


def test_the_gradient_is_the_average_over_the_processed_copies(problem, recogniser):
    given = problem(robust_to=MIX)
    rng = np.random.default_rng(8)
    r = torch.from_numpy(rng.normal(0, 5, given.x.shape)).float()

    def margin(scores, y):
        return scores[torch.arange(len(y)), y] - scores[:, 0]

    for step in (0, 7):
        losses, gradient = given.gradient(margin, r, step)
        for i, number in enumerate(given.ids):
            expected, values = np.zeros_like(r[i].numpy()), []
            for kind, copy in [(k, c) for k, count in MIX for c in range(count)]:
                image = (given.x[i : i + 1] + r[i : i + 1]).requires_grad_()
                draw = [generator(given.seed, "user", kind, int(number), step, copy)]
                value = margin(recogniser(process(kind)(image, draw, "user")), given.y[i : i + 1])
                expected += torch.autograd.grad(value.sum(), image)[0][0].numpy() / 7
                values.append(float(value.detach()))
            assert gradient[i].numpy() == pytest.approx(expected, abs=1e-5)
            assert float(losses[i]) == pytest.approx(np.mean(values), abs=1e-3)


def test_every_step_draws_its_processing_anew(problem):
    given = problem(robust_to=(("B", 1), ("T", 1)))
    r = torch.zeros_like(given.x)

    def score(scores, y):
        return scores[torch.arange(len(y)), y]

    gradients = [given.gradient(score, r, step)[1] for step in range(6)]
    assert len({g.numpy().tobytes() for g in gradients}) > 1
    assert torch.equal(given.gradient(score, r, 2)[1], gradients[2])


def test_the_users_draws_are_not_those_of_the_recogniser(problem, recogniser):
    given = problem(n=1, robust_to=(("N", 1),))

    def score(scores, y):
        return scores[torch.arange(len(y)), y]

    loss, _ = given.gradient(score, torch.zeros_like(given.x), 0)
    keys = [("recogniser", "N", 10, 0), ("recogniser", "N", 10, 0, 0)]
    for key in keys:
        noisy = process("N")(given.x, [generator(given.seed, *key)], "recogniser")
        assert abs(float(score(recogniser(noisy), given.y)[0] - loss[0])) > 1e-3
