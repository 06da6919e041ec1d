import numpy as np
import pytest
import torch
from PIL import Image

from aip.perturb.native import as_recognised, resized_to
from aip.process import process
from aip.process.keeping_size import process_keeping_size
from aip.process.rounding import to_8_bits
from aip.recognise.batch import process_heads
from aip.recognise.recogniser import to_input
from aip.recognise.scoring import processed


def rngs(n, first=0):
    return [np.random.default_rng(first + i) for i in range(n)]


def image(height=41, width=60) -> np.ndarray:
    return np.random.default_rng(9).uniform(0, 255, (3, height, width)).astype(np.float32)


@pytest.mark.parametrize(
    ("percent", "shape", "size"),
    [(50, (41, 60), (30, 20)), (27, (200, 150), (40, 54)), (100, (7, 5), (5, 7))],
)
def test_s_is_the_smaller_image_that_pillow_gives(percent, shape, size):
    x = image(*shape)
    found = process(f"S({percent}-{percent})")(torch.from_numpy(x)[None], rngs(1), "user")[0]
    for channel in range(3):
        shrunk = Image.fromarray(x[channel]).resize(size, Image.Resampling.BILINEAR)
        assert found[channel].numpy() == pytest.approx(np.asarray(shrunk), abs=1e-3)


def test_s_never_shrinks_a_side_to_nothing():
    found = process("S(1-1)")(torch.full((2, 3, 9, 120), 50.0), rngs(2), "user")
    assert found.shape == (2, 3, 1, 1)
    assert found.numpy() == pytest.approx(50, abs=1e-4)


@pytest.mark.parametrize(("kind", "low", "high"), [("S", 50, 100), ("S(20-40)", 20, 40)])
def test_s_draws_its_size_evenly(kind, low, high):
    one = torch.ones(1, 3, 1, 100)
    sides = [process(kind)(one, [rng], "recogniser").shape[-1] for rng in rngs(1000)]
    counts = np.histogram(sides, 5, (low - 0.5, high + 0.5))[0]
    assert counts.sum() == 1000
    assert counts == pytest.approx(200, rel=0.3)


def test_a_recogniser_sees_the_smaller_head_resized_to_its_input():
    head = to_8_bits(image().transpose(1, 2, 0))
    ((small, weight),) = processed(head, 7, (("S(50-50)", 1),), seed=5)
    assert (small.shape, weight) == ((20, 30, 3), 1)
    x = torch.from_numpy(head).permute(2, 0, 1)[None].float()
    seen = as_recognised(x, (head.shape[:2],), "S(50-50)", rngs(1), resized_to((16, 12)))
    assert torch.equal(seen[0], to_input(small, (16, 12)))


def test_s_then_j_codes_the_smaller_image():
    x = torch.from_numpy(image())[None]
    small = process("S(50-50)")(x, rngs(1), "user")
    expected = process("J(60-60)")(small, rngs(1), "user")
    found = process("S(50-50)+J(60-60)")(x, rngs(1), "user")
    assert torch.equal(found, expected)
    other = process("J(60-60)+S(50-50)")(x, rngs(1), "user")
    assert other.shape == found.shape
    assert not torch.equal(other, found)


def test_a_chain_draws_from_one_generator_step_by_step():
    x, rng = torch.from_numpy(image())[None], np.random.default_rng(4)
    expected = process("N")(process("T")(x, [rng], "user"), [rng], "user")
    found = process("T+N")(x, [np.random.default_rng(4)], "user")
    assert torch.equal(found, expected)


@pytest.mark.parametrize("kind", ["S(20-90)", "S+N", "B+S+J"])
def test_a_batch_keeps_its_size_where_it_must(kind):
    x = torch.from_numpy(np.stack([image(), 255 - image(), image() / 2]))
    found = process_keeping_size(kind, x, rngs(3), "user")
    for i in range(3):
        small = process(kind)(x[i : i + 1], rngs(1, i), "user")
        enlarged = Image.fromarray(small[0, 0].numpy()).resize((60, 41), Image.Resampling.BILINEAR)
        assert found[i, 0].numpy() == pytest.approx(np.asarray(enlarged), abs=1e-3)


def test_heads_that_are_shrunk_come_back_at_their_size():
    x = torch.from_numpy(image())[None]
    plain, small = process_heads(x, "O1_S(50-50)1")[0]
    (head, _), (shrunk, _) = processed(
        to_8_bits(x)[0].permute(1, 2, 0).contiguous().numpy(), 1, (("O", 1), ("S(50-50)", 1)), 1
    )
    assert np.array_equal(plain.permute(1, 2, 0).numpy(), head)
    assert torch.equal(small, to_8_bits(to_input(shrunk, (41, 60))))
