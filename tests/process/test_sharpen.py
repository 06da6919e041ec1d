import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from aip.process import process


def rngs(n):
    return [np.random.default_rng(i) for i in range(n)]


@pytest.mark.parametrize("percent", [1, 50, 300])
@pytest.mark.parametrize("shape", [(30, 21), (5, 3)])
def test_u_adds_what_a_gaussian_takes_out(percent, shape):
    x = np.random.default_rng(1).uniform(0, 255, (3, *shape))
    found = process(f"U({percent}-{percent})")(torch.from_numpy(x)[None], rngs(1), "user")[0]
    smooth = gaussian_filter(x, (0, 1, 1), mode="mirror", truncate=4)
    assert found.numpy() == pytest.approx(x + percent / 100 * (x - smooth), abs=1e-9)


def test_u_leaves_a_flat_image_and_steepens_an_edge():
    x = torch.full((1, 3, 20, 20), 80.0)
    assert process("U")(x, rngs(1), "user").numpy() == pytest.approx(80, abs=1e-3)
    x[..., 10:] = 160
    edge = process("U(100-100)")(x, rngs(1), "user")[0, 0, 10]
    assert float(edge[10] - edge[9]) > 100


def test_u_draws_its_amount_from_50_to_150_percent_evenly():
    x = torch.zeros(1000, 3, 9, 9, dtype=torch.float64)
    x[..., 4, 4] = 100
    added = process("U")(x, rngs(1000), "recogniser")[:, 0, 4, 4].numpy() - 100
    taken = process("U(100-100)")(x[:1], rngs(1), "user")[0, 0, 4, 4].item() - 100
    counts = np.histogram(added / taken, 5, (0.5, 1.5))[0]
    assert counts.sum() == 1000
    assert counts == pytest.approx(200, rel=0.3)
