"""What methods are stepped beside: nets, losses, processing and gradients in float64 NumPy."""

from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from torch import nn

from aip.compute.draws import generator
from aip.perturb.problem import Problem
from aip.recognise.recogniser import Recogniser

SIZE, HEADS = 20, 3
MEAN = np.array([123.675, 116.28, 103.53])[:, None, None]
DEVIATION = np.array([58.395, 57.12, 57.375])[:, None, None]


class Net:
    """W₂ relu(W₁ x + b₁) + b₂ of a normalised image; W₂ x + b₂ where nothing is hidden."""

    def __init__(self, scale, hidden, seed, size, identities):
        rng, pixels = np.random.default_rng(seed), 3 * size * size
        self.size = size
        self.W1 = 0.03 * rng.standard_normal((16, pixels)) if hidden else np.eye(pixels)
        self.b1 = rng.standard_normal(16) if hidden else np.full(pixels, 1e9)  # never at its kink
        self.W2 = scale * rng.standard_normal((identities, len(self.W1)))
        self.b2 = scale * rng.standard_normal(identities)
        self.hidden = hidden

    def recogniser(self):
        layers = [nn.Flatten()]
        if self.hidden:
            layers += [nn.Linear(self.W1.shape[1], 16), nn.ReLU()]
            layers[1].weight.data = torch.from_numpy(self.W1)
            layers[1].bias.data = torch.from_numpy(self.b1)
        names = np.array([f"person{i}" for i in range(len(self.b2))])
        weights = torch.from_numpy(self.W2), torch.from_numpy(self.b2)
        size = (self.size, self.size)
        return Recogniser(nn.Sequential(*layers), *weights, names, size, dtype=torch.float64)

    def scores(self, image):
        """Return f, and what takes ∂loss/∂f back to ∂loss/∂image."""
        shrink = shrinking(image.shape[1], self.size)
        x = ((shrink @ image @ shrink.T - MEAN) / DEVIATION).ravel()
        z = self.W1 @ x + self.b1 if self.hidden else x
        on = z > 0 if self.hidden else np.ones_like(z)

        def back(v):
            g = self.W1.T @ (on * (self.W2.T @ v)) if self.hidden else self.W2.T @ v
            return shrink.T @ (g.reshape(3, self.size, self.size) / DEVIATION) @ shrink

        return self.W2 @ (on * z) + self.b2, back


def shrinking(side, out):
    """Return the matrix that shrinks a side bilinearly, smoothed; the identity at equal sides."""
    centres, scale = (np.arange(out) + 0.5) * side / out, side / out
    weights = np.maximum(0, 1 - np.abs(np.arange(side) + 0.5 - centres[:, None]) / scale)
    return weights / weights.sum(1, keepdims=True)


def drawn(kind, rng, side):
    """Return R, C and E, so that an image X becomes R X Cᵀ + E."""
    i, none = np.arange(side), np.zeros((3, side, side))
    if kind == "T":
        shifts = [int(rng.integers(-(side // 20), side // 20, endpoint=True)) for _ in "RC"]
        return *(np.eye(side, k=-by) for by in shifts), none
    if kind == "N":
        noise = rng.standard_normal((3, side, side), np.float32).astype(float)
        return np.eye(side), np.eye(side), 10 * noise
    if kind == "B":
        k, matrix = int(rng.choice((3, 5, 7, 9))), np.zeros((side, side))
        sigma = 0.3 * ((k - 1) / 2 - 1) + 0.8
        for offset in range(-(k // 2), k // 2 + 1):
            to = np.abs(i + offset)
            np.add.at(
                matrix,
                (i, np.minimum(to, 2 * side - 2 - to)),
                np.exp(-(offset**2) / (2 * sigma**2)),
            )
        return *[matrix / matrix.sum(1, keepdims=True)] * 2, none
    if kind == "C":
        pair = []
        for _ in "RC":
            first, last = (int(n) for n in rng.integers(0, side // 10, size=2, endpoint=True))
            kept = side - first - last
            at = first + np.clip((i + 0.5) * kept / side - 0.5, 0, kept - 1)
            pair.append(np.maximum(0, 1 - np.abs(at[:, None] - i)))
        return *pair, none
    if kind == "R":
        share, pair = rng.uniform(80, 100) / 100, []
        for _ in "RC":
            kept = round(share * side)
            first = int(rng.integers(0, side - kept, endpoint=True))
            pair.append(np.eye(side, kept, k=-first) @ shrinking(side, kept))
        return *pair, none
    return np.eye(side), np.eye(side), none


def score(f, y):
    return f[y], np.eye(len(f))[y]


def log_probability(f, y):
    p = np.exp(f - f.max()) / np.exp(f - f.max()).sum()
    return np.log(p[y]), np.eye(len(f))[y] - p


def margin(f, y):
    other = max((value, k) for k, value in enumerate(f) if k != y)[1]
    return f[y] - f[other], np.eye(len(f))[y] - np.eye(len(f))[other]


@dataclass
class Reference:
    """One problem's gradients and constraints, a head at a time."""

    nets: list
    problem: Problem
    derivatives: dict = field(default_factory=dict)  # of the losses, by (head, step, kind, copy)

    def gradient(self, loss, i, r, step):
        given, x = self.problem, self.problem.x[i].numpy()
        total, g, count = 0, 0, 0
        for kind, copy in [(k, c) for k, n in given.robust_to for c in range(n)]:
            key = (kind, int(given.ids[i]), step, copy)
            R, C, E = drawn(kind, generator(given.seed, "user", *key), x.shape[1])
            rng = generator(given.seed, "diversity", *key)
            P, Q, _ = drawn("R" if rng.random() < given.diversity else "O", rng, x.shape[1])
            for net in self.nets:
                scale = net.scores(x)[0].std(ddof=1) if len(self.nets) > 1 else 1
                f, back = net.scores(P @ (R @ (x + r) @ C.T + E) @ Q.T)
                sign, label = (1, given.y) if given.target is None else (-1, given.target)
                value, v = loss(f / scale, int(label[i]))
                self.derivatives[i, step, kind, copy] = v
                total, count = total + sign * value, count + 1
                g = g + R.T @ P.T @ back(sign * v / scale) @ Q @ C
        return total / count, g / count

    def constrain(self, i, r, epsilon):
        x = self.problem.x[i].numpy()
        if self.problem.grey[i]:
            r = np.broadcast_to(r.mean(0), r.shape)
        r = np.clip(x + r, 0, 255) - x
        return r * min(1, epsilon / max(np.linalg.norm(r), 1e-300))


@dataclass(frozen=True)
class Watched(Problem):
    """A problem that remembers where it was asked for gradients."""

    asked: list = field(default_factory=list)

    def gradient(self, loss, r, step):
        self.asked.append(r.numpy().copy())
        return super().gradient(loss, r, step)


@pytest.fixture
def case():
    """Make a problem in float64 and its reference; head 1 is grey, some pixels are 0 or 255.

    The arrays of a reference's nets are those of the problem's recognisers: change both in place.
    """

    def make(
        hidden=False,
        scale=0.05,
        robust_to=(("O", 1),),
        sizes=(SIZE,),
        targeted=False,
        identities=5,
        spread=110,
        recognised=False,
        **more,
    ):
        x = np.random.default_rng(3).normal(128, spread, (HEADS, 3, SIZE, SIZE)).clip(0, 255)
        x[1] = x[1].mean(0)
        nets = [Net(scale * 3**n, hidden, n, size, identities) for n, size in enumerate(sizes)]
        true = [
            np.argmax(nets[0].scores(image)[0]) if recognised else i for i, image in enumerate(x)
        ]
        y = torch.tensor(true) % identities
        problem = Watched(
            x=torch.from_numpy(x),
            y=y,
            grey=torch.tensor([False, True, False]),
            against=tuple(net.recogniser() for net in nets),
            robust_to=robust_to,
            ids=np.arange(10, 10 + HEADS),
            seed=3,
            target=(y + 2) % identities if targeted else None,
            **more,
        )
        reference = Reference(nets, problem)
        reference.losses = {"score": score, "log": log_probability, "margin": margin}
        return problem, reference

    return make
