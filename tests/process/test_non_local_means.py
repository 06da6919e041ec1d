import numpy as np
import pytest
import torch
from skimage.restoration import denoise_nl_means

from aip.process import non_local_means, process

STRENGTHS = range(8, 16)


def rngs(n):
    return [np.random.default_rng(i) for i in range(n)]


def noisy(height=40, width=33) -> tuple[np.ndarray, np.ndarray]:
    """Return a clean image of a disc and stripes, (3, height, width), and the same with noise."""
    y, x = np.mgrid[:height, :width]
    disc = 60 + 130 * (np.hypot(y - height / 2, x - width / 2) < 11)
    clean = np.stack([disc, disc + 40 * (y % 20 < 10), 255 - disc]).astype(float)
    return clean, clean + np.random.default_rng(2).normal(0, 10, clean.shape)


def averaged(image: np.ndarray, h: float) -> np.ndarray:
    """Return the non-local means of a (3, height, width) image, pixel by pixel."""
    reach = non_local_means.REACH
    padded = np.pad(image, ((0, 0), *[(reach + 1, reach + 1)] * 2), mode="reflect")
    patches = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (1, 2))
    out = np.empty_like(image)
    for i, j in np.ndindex(image.shape[1:]):
        seen = patches[:, i : i + 2 * reach + 1, j : j + 2 * reach + 1]
        own = seen[:, reach : reach + 1, reach : reach + 1]
        distance = ((seen - own) ** 2).mean(axis=(0, 3, 4)) / h**2
        weight = np.where(distance <= 5, np.exp(-distance), 0)
        out[:, i, j] = (seen[..., 1, 1] * weight).sum((1, 2)) / weight.sum()
    return out


@pytest.mark.parametrize(("dtype", "close"), [(torch.float32, 1e-2), (torch.float64, 1e-9)])
@pytest.mark.parametrize("h", [3, 10, 40])
def test_l_is_an_average_over_patches_that_look_alike(h, dtype, close):
    _, image = noisy(30, 23)
    found = process(f"L({h}-{h})")(torch.from_numpy(image)[None].to(dtype), rngs(1), "user")
    assert found[0].numpy() == pytest.approx(averaged(image, h), abs=close)


def test_l_takes_out_what_scikit_image_does():
    _, image = noisy(64, 64)
    found = process("L(10-10)")(torch.from_numpy(image)[None], rngs(1), "user")[0].numpy()
    # Its patches are weighted by a Gaussian, and its window ends at the image's edges.
    other = denoise_nl_means(image, 3, non_local_means.REACH, h=10, fast_mode=False, channel_axis=0)
    inside = (slice(None), slice(4, -4), slice(4, -4))
    taken, expected = (image - found)[inside], (image - other)[inside]
    assert np.corrcoef(taken.ravel(), expected.ravel())[0, 1] > 0.9


def test_l_takes_noise_out_and_leaves_the_picture():
    clean, image = noisy(64, 64)
    for picture, apart in ((image, 5), (clean, 3)):
        x = torch.from_numpy(picture)[None]
        denoised = process("L(15-15)")(x, rngs(1), "recogniser")[0].numpy()
        assert np.std(denoised - clean) < apart


def test_l_has_the_gradient_of_the_average_that_it_takes():
    image = noisy(9, 8)[1]
    v = torch.from_numpy(np.random.default_rng(3).standard_normal((1, 3, 9, 8)))
    x = torch.from_numpy(image)[None].requires_grad_()
    found = process("L")(x, rngs(1), "user")
    (gradient,) = torch.autograd.grad(found, x, v)
    # With fixed weights the map is linear, so ⟨v, L x⟩ = ⟨Lᵀ v, x⟩, and constants stay.
    assert (gradient * x).sum().item() == pytest.approx((v * found).sum().item(), rel=1e-9)
    assert gradient.sum().item() == pytest.approx(v.sum().item(), rel=1e-9)
    assert not torch.equal(gradient, v)


def test_l_draws_its_strength_from_8_to_15_evenly():
    n = 1000
    x = torch.zeros(n, 3, 1, 40, dtype=torch.float64)
    x[..., 20:] = 9
    edge = process("L")(x, rngs(n), "recogniser")[:, 0, 0, 20].numpy()
    ends = [process(f"L({h}-{h})")(x[:1], rngs(1), "user")[0, 0, 0, 20].item() for h in STRENGTHS]
    counts = np.histogram(edge, sorted(ends))[0]
    assert counts.sum() == n
    assert counts == pytest.approx(n / 7, rel=0.3)
