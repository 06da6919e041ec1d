import json

import h5py
import numpy as np
import pytest

from aip.perturb.perceptibility import (
    MeanPerceptibility,
    by_user,
    mean_perceptibility,
    perceptibility,
    read_means,
    write_means,
)


def pair(height, width, spread, seed=0):
    rng = np.random.default_rng(seed)
    clean = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    change = np.rint(rng.normal(0, spread, clean.shape))
    return clean, np.clip(clean + change, 0, 255).astype(np.uint8)


def ssim(clean, published):
    """Wang et al. 2004, equation 13, window by window in float64."""
    offsets = np.arange(-5, 6)
    window = np.exp(-(offsets[:, None] ** 2 + offsets**2) / (2 * 1.5**2))
    window /= window.sum()
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    height, width, _ = clean.shape
    side = min(11, height, width)
    border = (side - 1) // 2
    values = []
    for channel in range(3):
        x, y = (
            np.pad(image[..., channel].astype(np.float64), 5, mode="symmetric")
            for image in (clean, published)
        )
        for i in range(border, height - border):
            for j in range(border, width - border):
                a, b = x[i : i + 11, j : j + 11], y[i : i + 11, j : j + 11]
                ma, mb = (window * a).sum(), (window * b).sum()
                va, vb = (window * (a - ma) ** 2).sum(), (window * (b - mb) ** 2).sum()
                vab = (window * (a - ma) * (b - mb)).sum()
                values.append(
                    (2 * ma * mb + c1) * (2 * vab + c2) / ((ma**2 + mb**2 + c1) * (va + vb + c2))
                )
    return np.mean(values)


@pytest.mark.parametrize("spread", [2, 40])
@pytest.mark.parametrize("size", [(24, 31), (11, 11), (12, 11), (10, 20), (3, 40), (5, 4), (1, 1)])
def test_ssim_is_the_formula(size, spread):
    clean, published = pair(*size, spread)
    assert perceptibility(clean, published).ssim == pytest.approx(ssim(clean, published), abs=1e-9)


def test_ssim_sees_structure_and_not_only_the_size_of_a_change():
    clean = np.tile(np.arange(40, 200, 4, dtype=np.uint8)[:, None, None], (1, 40, 3))
    brighter = (clean + 10).astype(np.uint8)
    noise = np.random.default_rng(0).choice([-10, 10], clean.shape)
    noisy = (clean + noise).astype(np.uint8)
    smooth, rough = perceptibility(clean, brighter), perceptibility(clean, noisy)
    assert smooth.l2 == rough.l2
    assert smooth.psnr == rough.psnr
    assert smooth.ssim > 0.95 > 0.8 > rough.ssim


def test_norms_and_psnr_are_in_closed_form():
    clean, black = np.full((6, 5, 3), 255, np.uint8), np.zeros((6, 5, 3), np.uint8)
    found = perceptibility(clean, black)
    assert (found.l2, found.linf) == (pytest.approx(255 * 90**0.5), 255)
    assert found.psnr == pytest.approx(0, abs=1e-12)
    one = clean.copy()
    one[2, 3, 1] -= 30
    found = perceptibility(clean, one)
    assert (found.l2, found.linf) == (30, 30)
    assert found.psnr == pytest.approx(20 * np.log10(255 * 90**0.5 / 30))
    assert perceptibility(one, clean) == pytest.approx(found)  # darker or lighter
    shifted = perceptibility(np.zeros((7, 7, 3), np.uint8), np.full((7, 7, 3), 25, np.uint8))
    assert shifted.psnr == pytest.approx(20 * np.log10(10.2))


def test_what_was_not_changed_is_not_seen():
    clean, _ = pair(20, 15, 0)
    assert perceptibility(clean, clean.copy()) == (0, 0, float("inf"), 1)


@pytest.fixture
def shards(tmp_path):
    def make(*parts):
        paths = []
        for number, columns in enumerate(parts):
            paths.append(tmp_path / f"{len(parts)}-{number}.h5")
            with h5py.File(paths[-1], "w") as file:
                for name, values in columns.items():
                    file[name] = np.array(values, np.float32)
        return paths

    return make


NAMES = ("norm", "unpublished", "l2", "linf", "psnr", "ssim")


def test_means_are_over_the_heads_of_all_shards(shards):
    values = np.random.default_rng(0).uniform(1, 50, (len(NAMES), 9)).astype(np.float32)
    parts = [dict(zip(NAMES, values[:, s], strict=True)) for s in (slice(7), slice(7, 9))]
    found = mean_perceptibility(shards(*parts))
    for name, expected in zip(NAMES, values.astype(np.float64).mean(1), strict=True):
        assert getattr(found, name) == pytest.approx(expected, rel=1e-12)
    assert mean_perceptibility(shards(dict(zip(NAMES, values, strict=True)))) == found


def test_the_mean_psnr_is_over_the_heads_that_were_changed(shards):
    same = {name: [0, 0, 0] for name in NAMES}
    some = mean_perceptibility(shards(same | {"psnr": [30, np.inf, 40]}))
    assert (some.psnr, some.l2) == (35, 0)
    none = mean_perceptibility(shards(same | {"psnr": [np.inf] * 3}))
    assert (none.psnr, none.l2) == (None, 0)
    empty = mean_perceptibility(shards({name: [] for name in NAMES}))
    assert {getattr(empty, name) for name in NAMES} == {None}
    assert json.dumps(none.psnr) == "null"


def test_means_are_by_the_folder_of_the_users_name(shards, tmp_path):
    values = {name: [1, 2] for name in NAMES}
    files = []
    for number, user in enumerate(("gaman-B", "none", "gaman", "gaman-B")):
        (tmp_path / user).mkdir(exist_ok=True)
        (shard,) = shards(values | {"l2": [number, 10 * number]})
        files.append(shard.rename(tmp_path / user / f"{number}.h5"))
    found = by_user(["gaman", "gaman-B"], iter(files))
    assert list(found) == ["gaman", "gaman-B"]
    assert found["gaman"].l2 == 11
    assert found["gaman-B"].l2 == (0 + 0 + 3 + 30) / 4


def test_means_come_back_exact_and_what_there_is_none_of_as_none(tmp_path):
    means = {
        "none": MeanPerceptibility(0.0, None, 0.0, 0.0, None, 1.0),
        'a, "b"': MeanPerceptibility(1 / 3, 0.1, 1e-17, 254.9, 31.4, -0.1),
        "of no head": MeanPerceptibility(None, None, None, None, None, None),
    }
    path = tmp_path / "means.csv"
    write_means(path, means)
    assert read_means(path) == means
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "user,norm,unpublished,l2,linf,psnr,ssim"
    assert lines[1] == "none,0.0,,0.0,0.0,,1.0"
    assert lines[3] == "of no head,,,,,,"
    write_means(path, {})
    assert read_means(path) == {}
