import numpy as np
import pytest
import torch
from scipy.ndimage import correlate1d

from aip.compute.draws import generator
from aip.process import KINDS, letters, process, resizes
from aip.process.resize import resize

ROLES = ("user", "recogniser")
LINEAR = ("O", "T", "B", "C", "R", "S(40-40)", "U", "K", "B+U", "S(60-60)+C")
RANGES = (
    "N(5-20)",
    "J(20-40)",
    "D(1-2)",
    "R(50-60)",
    "V(20-30)",
    "U(9-30)",
    "K(120-160)",
    "L(2-3)",
)
ALL = (*(kind for kind in KINDS if not resizes(kind)), *RANGES, "B+J")
CLOSE = {torch.float32: 1e-3, torch.float64: 1e-10}  # of 255
SHAPES = ((32, 32), (41, 23), (8, 60))


class Fixed:
    """A generator that draws what it is told to."""

    def __init__(self, *draws):
        self._draws = list(draws)

    def integers(self, low, high, size=None, *, endpoint):
        drawn = self._draws.pop(0)
        assert endpoint
        assert np.all((low <= np.array(drawn)) & (np.array(drawn) <= high))
        return np.array(drawn) if size else drawn

    def choice(self, options):
        drawn = self._draws.pop(0)
        assert drawn in options
        return drawn


def images(n: int, height: int, width: int, seed: int = 0, dtype=torch.float32) -> torch.Tensor:
    rng = np.random.default_rng(seed)
    return torch.from_numpy(rng.uniform(0, 255, (n, 3, height, width))).to(dtype)


def draws(n: int, first: int = 0) -> list[np.random.Generator]:
    return [generator(1, "test", first + i) for i in range(n)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("dtype", CLOSE)
def test_a_processed_image_has_the_shape_and_type_it_had(kind, role, shape, dtype):
    x = images(3, *shape, dtype=dtype)
    y = process(kind)(x, draws(3), role)
    assert (y.shape, y.dtype) == (x.shape, x.dtype)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", LINEAR)
def test_the_gradient_is_the_exact_adjoint(kind, role):
    for first in range(0, 40, 4):
        x = images(4, 37, 29, 1, torch.float64)
        forward = process(kind)(x.requires_grad_(), draws(4, first), role)
        y = images(4, *forward.shape[-2:], 2, torch.float64)
        (adjoint,) = torch.autograd.grad(forward, x, y)
        left, right = (forward * y).sum((1, 2, 3)), (x * adjoint).sum((1, 2, 3))
        assert left.detach().numpy() == pytest.approx(right.detach().numpy(), rel=1e-10)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", LINEAR)
def test_maps_of_pixels_are_linear(kind, role):
    x, y = images(4, 37, 29, 1), images(4, 37, 29, 2)
    together = process(kind)(2 * x - 3 * y, draws(4), role)
    apart = 2 * process(kind)(x, draws(4), role) - 3 * process(kind)(y, draws(4), role)
    assert together.numpy() == pytest.approx(apart.numpy(), abs=2e-3)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("dtype", CLOSE)
def test_an_image_is_processed_alike_whatever_its_batch(kind, role, dtype):
    x = images(8, 32, 32, dtype=dtype)
    # Products of float64 matrices may round differently in another batch; studies use float32.
    rounding = 1e-11 if dtype is torch.float64 else 0
    together = process(kind)(x, draws(8), role)
    for i in (0, 3, 7):
        alone = process(kind)(x[i : i + 1], draws(1, i), role)[0]
        torch.testing.assert_close(together[i], alone, rtol=0, atol=rounding)
    backwards = process(kind)(x.flip(0), draws(8)[::-1], role)
    torch.testing.assert_close(backwards.flip(0), together, rtol=0, atol=rounding)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", [kind for kind in ALL if kind != "O"])
def test_what_is_done_is_drawn(kind, role):
    x = images(1, 40, 40).expand(20, 3, 40, 40)
    if kind[0] == "L":
        x = x / 20  # else no two patches are alike
    y = process(kind)(x, draws(20), role)
    different = {"M": 2, "D": 3, "D(1-2)": 2}.get(kind, 4)
    assert len({image.numpy().tobytes() for image in y}) >= different


@pytest.mark.parametrize("kind", [kind for kind in ALL if not set(letters(kind)) & set("OJD")])
def test_what_is_computed_in_float64_is_more_exact(kind):
    x = images(4, 33, 21)
    single, double = (process(kind)(x.to(dtype), draws(4), "user") for dtype in CLOSE)
    assert double.numpy() == pytest.approx(single.numpy(), abs=5e-3)
    # A step that no float32 can hold is seen, so nothing on the way was rounded to float32.
    fine = process(kind)(x.double() + 1e-7, draws(4), "user") - double
    assert fine.abs().max() == pytest.approx(1e-7, rel=1e-3)


def test_nothing_is_done_to_o():
    x = images(2, 9, 7)
    assert torch.equal(process("O")(x, draws(2), "user"), x)


@pytest.mark.parametrize(("height", "width", "down", "right"), [(40, 60, 2, -3), (40, 20, -1, 0)])
def test_t_shifts_by_whole_pixels_and_fills_with_zero(height, width, down, right):
    x = images(1, height, width)
    found = process("T")(x, [Fixed(down, right)], "user")[0].numpy()
    expected = np.zeros_like(found)
    for i in range(height):
        for j in range(width):
            if 0 <= i - down < height and 0 <= j - right < width:
                expected[:, i, j] = x[0, :, i - down, j - right]
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("role", ROLES)
def test_t_shifts_each_axis_uniformly_within_5_percent(role):
    n, height, width = 4000, 60, 20
    x = torch.zeros(n, 3, height, width)
    x[:, :, 30, 10] = 1
    where = process("T")(x, draws(n), role)[:, 0].flatten(1).argmax(1).numpy()
    down, right = where // width - 30, where % width - 10
    for shift, reach in ((down, 3), (right, 1)):
        values, counts = np.unique(shift, return_counts=True)
        assert values.tolist() == list(range(-reach, reach + 1))
        assert counts == pytest.approx(n / (2 * reach + 1), rel=0.2)
    assert abs(np.corrcoef(down, right)[0, 1]) < 0.08


@pytest.mark.parametrize("role", ROLES)
def test_n_is_gaussian_with_deviation_10_and_independent_in_every_value(role):
    x = torch.full((4, 3, 80, 80), 3.0)
    noise = (process("N")(x, draws(4), role) - x).numpy()
    count = noise.size
    assert noise.mean() == pytest.approx(0, abs=5 * 10 / count**0.5)
    assert noise.std() == pytest.approx(10, rel=5 / (2 * count) ** 0.5)
    assert (noise**4).mean() / 10**4 == pytest.approx(3, rel=0.1)
    flat = noise.reshape(12, -1)  # every channel of every image
    assert np.abs(np.corrcoef(flat)[~np.eye(12, dtype=bool)]).max() < 5 / 80
    assert abs((noise[..., 1:] * noise[..., :-1]).mean()) < 100 * 5 / count**0.5


def test_the_gradient_passes_noise_unchanged():
    x = images(2, 9, 9).requires_grad_()
    (gradient,) = torch.autograd.grad(process("N")(x, draws(2), "user").sum(), x)
    assert torch.equal(gradient, torch.ones_like(x))


@pytest.mark.parametrize("dtype", CLOSE)
def test_n_adds_the_same_draws_in_either_type(dtype):
    x = images(3, 9, 7, dtype=dtype)
    drawn = np.stack([rng.standard_normal((3, 9, 7), np.float32) for rng in draws(3)])
    expected = x.numpy() + x.numpy().dtype.type(10) * drawn.astype(x.numpy().dtype)
    assert np.array_equal(process("N")(x, draws(3), "user").numpy(), expected)


def test_n_draws_its_deviation_from_its_range_and_keeps_its_noise():
    x, n = torch.zeros(600, 3, 8, 8, dtype=torch.float64), 600
    ranged, fixed = (process(kind)(x, draws(n), "user").numpy() for kind in ("N(5-20)", "N"))
    sigma = 10 * (ranged / fixed)[:, 0, 0, 0]
    assert ranged == pytest.approx(sigma[:, None, None, None] / 10 * fixed, rel=1e-9)
    counts = np.histogram(sigma, 5, (5, 20))[0]
    assert counts.sum() == n
    assert counts == pytest.approx(n / 5, rel=0.3)


@pytest.mark.parametrize("shape", [(32, 32), (13, 40), (5, 3)])
@pytest.mark.parametrize("k", [3, 5, 7, 9])
@pytest.mark.parametrize("dtype", CLOSE)
def test_b_is_a_gaussian_blur_mirrored_about_the_edge_pixel(k, shape, dtype):
    x = images(1, *shape, dtype=dtype)
    found = process("B")(x, [Fixed(k)], "user")[0].numpy()
    sigma = 0.3 * ((k - 1) / 2 - 1) + 0.8
    kernel = np.array([np.exp(-((i - k // 2) ** 2) / (2 * sigma**2)) for i in range(k)])
    kernel /= kernel.sum()
    expected = x[0].double().numpy()
    for axis in (1, 2):
        expected = correlate1d(expected, kernel, axis=axis, mode="mirror")
    assert found == pytest.approx(expected, abs=CLOSE[dtype])


def test_b_with_a_kernel_of_one_is_the_identity():
    x = images(1, 12, 15)
    assert torch.equal(process("B")(x, [Fixed(1)], "recogniser"), x)


def test_b_keeps_a_flat_image_flat():
    x = torch.full((30, 3, 20, 20), 77.0)
    assert process("B")(x, draws(30), "user").numpy() == pytest.approx(77, abs=1e-3)


@pytest.mark.parametrize(
    ("role", "expected"), [("user", {3, 5, 7, 9}), ("recogniser", {1, 3, 5, 7, 9})]
)
def test_b_draws_from_the_kernels_of_the_role_evenly(role, expected):
    n = 1000
    x = torch.zeros(n, 3, 21, 21)
    x[:, :, 10, 10] = 1
    widths = (process("B")(x, draws(n), role)[:, 0, 10] > 1e-9).sum(1).numpy()
    values, counts = np.unique(widths, return_counts=True)
    assert set(values.tolist()) == expected
    assert counts == pytest.approx(n / len(expected), rel=0.25)


def crop_and_resize(x: np.ndarray, top: int, bottom: int, left: int, right: int) -> np.ndarray:
    """Crop a (height, width) image and resize it back bilinearly, pixel by pixel."""
    height, width = x.shape
    kept = x[top : height - bottom, left : width - right]
    out = np.zeros((height, width))
    for i in range(height):
        for j in range(width):
            v = (i + 0.5) * kept.shape[0] / height - 0.5
            u = (j + 0.5) * kept.shape[1] / width - 0.5
            v, u = np.clip(v, 0, kept.shape[0] - 1), np.clip(u, 0, kept.shape[1] - 1)
            a, b = int(v), int(u)
            c, d = min(a + 1, kept.shape[0] - 1), min(b + 1, kept.shape[1] - 1)
            p, q = v - a, u - b
            out[i, j] = (1 - p) * ((1 - q) * kept[a, b] + q * kept[a, d]) + p * (
                (1 - q) * kept[c, b] + q * kept[c, d]
            )
    return out


@pytest.mark.parametrize(
    ("shape", "rows", "columns"),
    [((30, 40), (3, 0), (1, 4)), ((30, 40), (0, 2), (4, 4)), ((21, 20), (0, 0), (0, 0))],
)
@pytest.mark.parametrize("dtype", CLOSE)
def test_c_crops_and_resizes_back_bilinearly(shape, rows, columns, dtype):
    x = images(1, *shape, dtype=dtype)
    found = process("C")(x, [Fixed(rows, columns)], "user")[0].numpy()
    for channel in range(3):
        expected = crop_and_resize(x[0, channel].double().numpy(), *rows, *columns)
        assert found[channel] == pytest.approx(expected, abs=10 * CLOSE[dtype])


def test_c_cuts_up_to_a_tenth_off_each_side_evenly():
    n = 3000
    # With the row's number for a value, the first and last rows of the result tell the cuts.
    x = torch.arange(50.0)[None, None, :, None].expand(n, 3, 50, 50)
    y = process("C")(x, draws(n), "user")[:, 0, :, 0].numpy()
    top, bottom = y[:, 0].round().astype(int), (49 - y[:, -1]).round().astype(int)
    for cut in (top, bottom):
        values, counts = np.unique(cut, return_counts=True)
        assert values.tolist() == [0, 1, 2, 3, 4, 5]
        assert counts == pytest.approx(n / 6, rel=0.25)
    assert abs(np.corrcoef(top, bottom)[0, 1]) < 0.1


def test_resizing_to_the_same_size_changes_nothing():
    x = images(1, 9, 7)
    assert torch.equal(resize(x, 9, 7), x)


def test_resizing_is_bilinear_where_an_image_grows_and_smooths_where_it_shrinks():
    x = torch.zeros(1, 3, 16, 16)
    x[..., ::4] = 100  # stripes that a resize which does not smooth first would miss
    assert resize(x, 4, 4)[..., 1:-1].numpy() == pytest.approx(25, abs=1e-4)
    ramp = torch.arange(4.0).expand(1, 3, 4, 4)
    expected = np.clip((np.arange(8) + 0.5) / 2 - 0.5, 0, 3)
    assert resize(ramp, 4, 8)[0, 0, 0].numpy() == pytest.approx(expected, abs=1e-6)
    assert resize(ramp, 2, 8).shape == (1, 3, 2, 8)
