import numpy as np
import pytest
import torch
from PIL import Image

from aip.process import process


def rngs(n, first=0):
    return [np.random.default_rng(first + i) for i in range(n)]


def place(kind: str, shape: tuple[int, int], rng) -> tuple[slice, slice]:
    """Return where an image is placed, as a white one shows."""
    white = process(kind)(torch.ones(1, 3, *shape, dtype=torch.float64), [rng], "user")[0, 0]
    rows, columns = (white.sum(axis).nonzero()[:, 0] for axis in (1, 0))
    where = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    inside = white[where]
    assert inside.numpy() == pytest.approx(1, abs=1e-12)
    assert white.sum() == pytest.approx(inside.numel())
    return where


@pytest.mark.parametrize("kind", ["R", "R(30-60)", "R(100-100)"])
@pytest.mark.parametrize("shape", [(40, 40), (31, 60), (7, 5)])
def test_r_is_a_smaller_image_on_black(kind, shape):
    for seed in range(12):
        rows, columns = place(kind, shape, np.random.default_rng(seed))
        x = np.random.default_rng(9).uniform(0, 255, (3, *shape)).astype(np.float32)
        size = int(columns.stop - columns.start), int(rows.stop - rows.start)
        expected = np.zeros_like(x)
        for channel in range(3):
            shrunk = Image.fromarray(x[channel]).resize(size, Image.Resampling.BILINEAR)
            expected[channel, rows, columns] = np.asarray(shrunk)
        found = process(kind)(torch.from_numpy(x)[None], rngs(1, seed), "recogniser")[0]
        assert found.numpy() == pytest.approx(expected, abs=1e-3)


def test_r_draws_size_and_place_evenly():
    n, side = 1500, 50
    white = process("R")(torch.ones(n, 3, side, side), rngs(n), "user")[:, 0] > 0
    lines = torch.stack([white.any(2), white.any(1)], 1).numpy()
    first, sizes = lines.argmax(-1), lines.sum(-1)
    assert (sizes[:, 0] == sizes[:, 1]).all()
    values, counts = np.unique(sizes[:, 0], return_counts=True)
    assert values.tolist() == list(range(40, 51))
    # The ends are rounded to from one side only.
    assert counts == pytest.approx(n / 10 * np.array([0.5, *[1] * 9, 0.5]), rel=0.35)
    for start in first[sizes[:, 0] == 45].T:
        assert np.unique(start).tolist() == [0, 1, 2, 3, 4, 5]
    assert first.mean() == pytest.approx((side - sizes.mean()) / 2, rel=0.1)
    slack = sizes[:, 0] < 46
    assert abs(np.corrcoef(first[slack].T)[0, 1]) < 0.25


def test_r_at_its_full_size_is_the_identity():
    x = torch.from_numpy(np.random.default_rng(9).uniform(0, 255, (2, 3, 21, 34)))
    assert torch.equal(process("R(100-100)")(x, rngs(2), "user"), x)
