import numpy as np
import pytest
import torch
from scipy.ndimage import median_filter

from aip.process import process


def rngs(n):
    return [np.random.default_rng(i) for i in range(n)]


def filtered(image: np.ndarray, k: int) -> np.ndarray:
    return np.stack([median_filter(channel, k, mode="mirror") for channel in image])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("shape", [(20, 31), (5, 3), (8, 2)])
def test_m_is_the_median_of_a_window_of_3_or_5_mirrored_at_the_edges(shape, dtype):
    values = np.random.default_rng(5).uniform(0, 255, (40, 3, *shape))
    x = torch.from_numpy(values).to(dtype)
    y = process("M")(x, rngs(40), "user").numpy()
    drawn = []
    for image, found in zip(x.numpy(), y, strict=True):
        agreeing = [k for k in (1, 3, 5, 7) if np.array_equal(found, filtered(image, k))]
        drawn.append(agreeing)
    assert sorted(set(map(tuple, drawn))) == [(3,), (5,)]


def test_m_draws_both_windows_evenly():
    spot = torch.zeros(1000, 3, 9, 9)
    spot[..., 3:6, 3:6] = 1  # a 5×5 window holds more of the ground than of the spot
    kept = process("M")(spot, rngs(1000), "recogniser").amax((1, 2, 3))
    assert kept.mean() == pytest.approx(0.5, abs=0.06)


def test_m_passes_the_gradient_to_the_value_that_it_takes():
    x = torch.from_numpy(np.random.default_rng(5).uniform(0, 255, (2, 3, 6, 7))).requires_grad_()

    def function(values):
        return process("M")(values, rngs(2), "user")

    assert torch.autograd.gradcheck(function, (x,), eps=1e-6)


def test_m_passes_the_gradient_to_one_value_where_many_tie():
    x = torch.full((4, 3, 12, 12), 7.0, requires_grad=True)
    (gradient,) = torch.autograd.grad(process("M")(x, rngs(4), "user").sum(), x)
    assert gradient.sum() == x.numel()
    assert torch.equal(gradient, gradient.round())
