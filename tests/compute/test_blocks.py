import numpy as np
import pytest

from aip.compute.blocks import BLOCK, blocks


@pytest.mark.parametrize("count", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 5])
def test_blocks_cover_every_item_once_and_in_order(count):
    valid = [positions[:n] for positions, n in blocks(count)]
    assert np.concatenate([np.zeros(0, int), *valid]).tolist() == list(range(count))


@pytest.mark.parametrize("count", [1, BLOCK + 1])
def test_every_block_has_one_size_and_is_filled_up_by_its_last_item(count):
    found = list(blocks(count))
    assert all(len(positions) == BLOCK for positions, _ in found)
    positions, valid = found[-1]
    assert positions[valid:].tolist() == [count - 1] * (BLOCK - valid)
