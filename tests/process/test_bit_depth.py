import numpy as np
import pytest
import torch

from aip.process import process


def rngs(n):
    return [np.random.default_rng(i) for i in range(n)]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("bits", range(1, 9))
def test_d_takes_the_nearest_of_the_levels(bits, dtype):
    values = np.linspace(-3, 260, 3 * 32 * 30).reshape(1, 3, 32, 30)
    levels = np.linspace(0, 255, 2**bits)
    nearest = levels[np.abs(values[..., None] - levels).argmin(-1)]
    found = process(f"D({bits}-{bits})")(torch.from_numpy(values).to(dtype), rngs(1), "user")
    close = 1e-4 if dtype is torch.float32 else 1e-12
    assert found.numpy() == pytest.approx(nearest, abs=close)
    assert (found.min(), found.max()) == (0, 255)


def test_d_keeps_an_image_of_8_bits_at_8_bits():
    x = torch.arange(256.0).repeat(3).reshape(1, 3, 16, 16)
    assert process("D(8-8)")(x, rngs(1), "user").numpy() == pytest.approx(x.numpy(), abs=1e-4)


def test_d_draws_3_to_5_bits_evenly():
    n = 1500
    x = torch.arange(256.0).repeat(3).reshape(1, 3, 16, 16).expand(n, 3, 16, 16)
    y = process("D")(x, rngs(n), "recogniser")
    levels = [len(image.unique()) for image in y]
    values, counts = np.unique(levels, return_counts=True)
    assert values.tolist() == [8, 16, 32]
    assert counts == pytest.approx(n / 3, rel=0.15)
