import numpy as np
import pytest
import torch
from PIL import Image, ImageEnhance

from aip.process import process


def rngs(n):
    return [np.random.default_rng(i) for i in range(n)]


@pytest.mark.parametrize("percent", [50, 100, 140])
def test_k_is_the_contrast_of_pillow(percent):
    # Few enough values that nothing is clipped, and a colour, so that luma is no plain mean.
    x = np.random.default_rng(1).integers(90, 140, (30, 21, 3), dtype=np.uint8)
    x[..., 0] -= 60
    expected = ImageEnhance.Contrast(Image.fromarray(x)).enhance(percent / 100)
    tensor = torch.tensor(x).permute(2, 0, 1)[None].double()
    found = process(f"K({percent}-{percent})")(tensor, rngs(1), "user")[0].permute(1, 2, 0)
    # Pillow rounds the mean to a whole number, and the result.
    assert np.abs(found.numpy() - np.asarray(expected)).max() <= 1.25


def test_k_draws_its_factor_from_70_to_150_percent_evenly():
    x = torch.zeros(1000, 3, 1, 2, dtype=torch.float64)
    x[..., 1] = 100
    apart = process("K")(x, rngs(1000), "recogniser")[:, 0, 0].diff(dim=1).numpy()
    counts = np.histogram(apart, 5, (70, 150))[0]
    assert counts.sum() == 1000
    assert counts == pytest.approx(200, rel=0.3)
