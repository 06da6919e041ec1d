"""Lessons of a mixture: each head is published as the strategy drawn for it would publish it."""

import h5py
import numpy as np
import pytest

from aip.album.heads import open_heads
from aip.perturb.artifact import write_perturbation_card, write_perturbations
from aip.perturb.drawn import Drawable, write_drawn
from aip.store.hdf5 import ImageReader
from aip.store.partial import beside_of

ROWS = [(f"person{i % 4}", "val", split) for split in (0, 1) for i in range(20)]
GAMAN = {
    **{"method": "gaman", "steps": 2, "step_size": 0.4, "step_rule": "relative"},
    **{"epsilon": 1000, "at": "native"},
}
STRATEGIES = {
    "none": {"method": "none"},
    "mosaic": {"method": "pixelate", "blocks": 4},
    "gaman": {**GAMAN, "robust_to": [("O", 1), ("N", 1)]},
    "answer": {**GAMAN, "mixture": [("first", "O", 0.25), ("second", "B", 0.75)]},
}
COLUMNS = ("id", "norm", "first_loss", "last_loss", "unpublished", "l2", "linf", "psnr", "ssim")
POSITIONS = np.array([2, 3, 5, 7, 8, 11, 13, 14, 19, 21, 30, 31])
DRAWN = np.array([[*STRATEGIES][k] for k in (2, 0, 3, 1, 2, 2, 3, 0, 1, 3, 0, 2)])


@pytest.fixture
def heads(heads_file):
    with open_heads(heads_file(ROWS, grey=(9,))) as found:
        yield found


@pytest.fixture
def drawable(linear):
    against = {"gaman": [linear()], "answer": [linear(), linear(seed=1)]}
    return {
        name: Drawable(strategy, lambda name=name: against.get(name, []))
        for name, strategy in STRATEGIES.items()
    }


def read(path):
    with h5py.File(path) as file:
        reader = ImageReader(file["images"])
        found = {name: file[name][()] for name in COLUMNS}
        names = file["strategy"].asstr()[()].tolist() if "strategy" in file else None
        return found, [reader[i] for i in range(len(reader))], names


@pytest.fixture
def draw(tmp_path, heads, drawable, provenance):
    def make(name, chosen=slice(None), threads=1):
        told = []
        drawn = DRAWN[chosen]
        write_drawn(
            *(tmp_path / name, heads, POSITIONS[chosen], drawn, drawable),
            *(provenance(), told.append, threads),
        )
        assert sum(told) == len(drawn)
        return read(tmp_path / name)

    return make


def test_each_head_is_published_as_its_strategy_publishes_it(
    draw, tmp_path, heads, drawable, provenance
):
    columns, images, names = draw("drawn.h5")
    assert names == DRAWN.tolist()
    assert columns["id"].tolist() == heads.id[POSITIONS].tolist()
    for name, each in drawable.items():
        path = tmp_path / f"{name}.h5"
        own = provenance(each.strategy)
        write_perturbations(path, heads, POSITIONS, each.against(), own, lambda _: None)
        expected, published, _ = read(path)
        for i in np.flatnonzero(name == DRAWN):
            assert np.array_equal(images[i], published[i])
            for column in COLUMNS:
                assert columns[column][i] == pytest.approx(expected[column][i], nan_ok=True, abs=0)


def test_no_image_depends_on_shards_or_threads(draw):
    whole = draw("whole.h5")
    parts = [draw(f"{part}.h5", part) for part in (slice(0, 5), slice(5, None))]
    images = [image for _, found, _ in parts for image in found]
    assert all(np.array_equal(*pair) for pair in zip(whole[1], images, strict=True))
    for column in COLUMNS:
        joined = np.concatenate([found[column] for found, _, _ in parts])
        assert np.array_equal(whole[0][column], joined, equal_nan=True)
    again = draw("again.h5", threads=3)
    assert all(np.array_equal(*pair) for pair in zip(whole[1], again[1], strict=True))


def test_the_file_has_a_card_and_nothing_is_left_beside_it(draw, tmp_path, provenance):
    draw("drawn.h5")
    assert not beside_of(tmp_path / "drawn.h5").exists()
    write_perturbation_card(tmp_path / "drawn.json", tmp_path / "drawn.h5", provenance())
    assert (tmp_path / "drawn.json").exists()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_one_strategy_that_is_drawn_for_all_leaves_the_others_unloaded(
    tmp_path, heads, drawable, provenance
):
    def fail():
        raise AssertionError

    strategies = {**drawable, "gaman": Drawable(STRATEGIES["gaman"], fail)}
    drawn = np.array(["none"] * 3)
    write_drawn(
        *(tmp_path / "p.h5", heads, POSITIONS[:3], drawn, strategies),
        *(provenance(), lambda _: None),
    )
    _, images, _ = read(tmp_path / "p.h5")
    for image, position in zip(images, POSITIONS[:3], strict=True):
        assert np.array_equal(image, heads.images[int(position)])
