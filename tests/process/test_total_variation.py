import numpy as np
import pytest
import torch

from aip.process import process, total_variation


def rngs(n):
    return [np.random.default_rng(i) for i in range(n)]


def variation(x: np.ndarray) -> float:
    """Return Σ|∇x| of a (height, width) image, by forward differences."""
    down, right = np.zeros_like(x), np.zeros_like(x)
    down[:-1], right[:, :-1] = x[1:] - x[:-1], x[:, 1:] - x[:, :-1]
    return float(np.hypot(down, right).sum())


def noisy(height=40, width=33) -> tuple[np.ndarray, np.ndarray]:
    """Return a clean image of a disc and stripes, (3, height, width), and the same with noise."""
    y, x = np.mgrid[:height, :width]
    disc = 60 + 130 * (np.hypot(y - height / 2, x - width / 2) < 11)
    clean = np.stack([disc, disc + 2 * (y % 20 < 10), 255 - disc]).astype(float)
    return clean, clean + np.random.default_rng(2).normal(0, 10, clean.shape)


@pytest.mark.parametrize(("dtype", "close"), [(torch.float32, 1e-3), (torch.float64, 1e-9)])
@pytest.mark.parametrize("weight", [1, 8, 40])
def test_v_is_the_denoising_of_scikit_image(weight, dtype, close):
    restoration = pytest.importorskip("skimage.restoration")
    _, image = noisy()
    found = process(f"V({weight}-{weight})")(torch.from_numpy(image)[None].to(dtype), rngs(1), "")
    # Its first iteration only looks at the image.
    expected = restoration.denoise_tv_chambolle(
        image, weight, eps=0, max_num_iter=total_variation.ITERATIONS + 1, channel_axis=0
    )
    assert found[0].numpy() == pytest.approx(expected, abs=close)


@pytest.mark.parametrize("turn", [False, True])
def test_v_brings_the_two_sides_of_an_edge_nearer_by_the_weight_over_their_widths(
    turn, monkeypatch
):
    monkeypatch.setattr(total_variation, "ITERATIONS", 400)  # until it stays
    # The minimum of ½‖u − x‖² + λ|u₂ − u₁| per line, solved by hand: 4 pixels of 40, 2 of 200.
    x = np.repeat([40.0, 200.0], [4, 2])
    expected = np.repeat([40 + 12 / 4, 200 - 12 / 2], [4, 2])
    x, expected = (np.broadcast_to(line, (3, 8, 6)) for line in (x, expected))
    if turn:
        x, expected = x.swapaxes(1, 2), expected.swapaxes(1, 2)
    found = process("V(12-12)")(torch.from_numpy(x.copy())[None], rngs(1), "user")[0]
    assert found.numpy() == pytest.approx(expected, abs=1e-3)


def test_v_takes_noise_out_and_leaves_the_picture():
    clean, image = noisy(64, 64)
    found = process("V")(torch.from_numpy(image)[None].repeat(10, 1, 1, 1), rngs(10), "user")
    kept = process("V")(torch.from_numpy(clean)[None].repeat(10, 1, 1, 1), rngs(10), "user")
    for denoised, same in zip(found.numpy(), kept.numpy(), strict=True):
        assert np.std(denoised - clean) < 6
        assert np.std(same - clean) < 5
        for before, after in zip(image, denoised, strict=True):
            assert variation(after) < 0.6 * variation(before)
        assert denoised.mean((1, 2)) == pytest.approx(image.mean((1, 2)), abs=1e-9)


def test_v_draws_its_weight_from_5_to_15_evenly():
    n = 2000
    x = torch.zeros(n, 3, 1, 2, dtype=torch.float64)
    x[..., 1] = 100
    # Two pixels: each moves by the weight.
    weights = process("V")(x, rngs(n), "recogniser")[:, 0, 0, 0].numpy()
    counts = np.histogram(weights, 5, (4.99, 15.01))[0]
    assert counts.sum() == n
    assert counts == pytest.approx(n / 5, rel=0.15)


def test_v_has_the_gradient_of_what_it_computes():
    x = torch.from_numpy(noisy(8, 7)[1])[None].requires_grad_()
    assert torch.autograd.gradcheck(lambda v: process("V")(v, rngs(1), "user"), (x,), atol=1e-5)


def test_v_has_a_gradient_where_an_image_is_flat():
    x = torch.full((1, 3, 9, 9), 50.0, requires_grad=True)
    y = process("V")(x, rngs(1), "user")
    (gradient,) = torch.autograd.grad(y[..., 4, 4].sum(), x)
    assert gradient.isfinite().all()
    assert gradient.sum() == pytest.approx(3, rel=1e-4)  # a brighter image is as much brighter
