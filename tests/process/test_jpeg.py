from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.ndimage import gaussian_filter

from aip.process import process


def photo(height=40, width=33) -> np.ndarray:
    """Return an (height, width, 3) uint8 image that is smooth, as photos are."""
    drawn = np.random.default_rng(3).uniform(0, 255, (height, width, 3))
    smooth = gaussian_filter(drawn, (2, 2, 0))
    return np.uint8(np.clip(128 + 6 * (smooth - 128), 0, 255))


def tensor(image, dtype=torch.float32) -> torch.Tensor:
    return torch.tensor(image).permute(2, 0, 1)[None].to(dtype)


def coded(image, quality) -> Image.Image:
    file = BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=quality, subsampling=2)
    return Image.open(BytesIO(file.getvalue()))


def rngs(n):
    return [np.random.default_rng(i) for i in range(n)]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("quality", [1, 50, 77, 100])
def test_j_is_what_a_jpeg_file_gives_back(quality, dtype):
    # Fractions and values outside 0–255 are rounded and clipped as in an 8-bit image.
    x = tensor(photo(), dtype) + 0.4
    x[..., ::2] -= 0.8
    x[..., 0, :] = -20
    eight_bits = photo()
    eight_bits[0] = 0
    found = process(f"J({quality}-{quality})")(x, rngs(1), "recogniser")
    expected = tensor(np.asarray(coded(eight_bits, quality)), dtype)
    assert torch.equal(found, expected)


def test_j_draws_every_quality_from_50_to_95_evenly():
    image = photo(16, 16)
    known = {np.asarray(coded(image, q)).tobytes(): q for q in range(1, 101)}
    x = tensor(image).expand(4000, 3, 16, 16)
    y = process("J")(x, rngs(4000), "user").permute(0, 2, 3, 1).to(torch.uint8).numpy()
    found = np.array([known[image.tobytes()] for image in y])
    assert found.min() >= 50
    assert found.max() <= 95
    counts = np.histogram(found, np.linspace(49.5, 95.5, 5))[0]
    assert counts == pytest.approx(1000, rel=0.15)


def test_j_takes_both_ends_of_its_range():
    image = photo(16, 16)
    both = {np.asarray(coded(image, quality)).tobytes() for quality in (60, 61)}
    y = process("J(60-61)")(tensor(image).expand(30, 3, 16, 16), rngs(30), "user")
    assert {i.tobytes() for i in y.permute(0, 2, 3, 1).to(torch.uint8).numpy()} == both


@pytest.mark.parametrize("kind", ["J", "D"])
def test_the_gradient_passes_straight_through(kind):
    x = (tensor(photo()).expand(3, 3, 40, 33) - 10).clone().requires_grad_()
    weights = torch.randn(3, 3, 40, 33, generator=torch.Generator().manual_seed(1))
    y = process(kind)(x, rngs(3), "user")
    assert (y - x).abs().max() > 3
    (gradient,) = torch.autograd.grad((weights * y).sum(), x)
    assert torch.equal(gradient, weights)
