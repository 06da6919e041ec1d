import random
import resource

import pytest
import torch
from torch import nn

from aip.damage import Damaged
from aip.errors import BadInput
from aip.recognise.nets.state import load_state, read_state


@pytest.fixture
def net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(20, 20), nn.BatchNorm1d(20))


@pytest.fixture
def file(net, tmp_path):
    path = tmp_path / "net.pt"
    torch.save(net.state_dict(), path)
    return path


def test_a_state_dict_comes_back(net, file):
    found = read_state(file)
    assert list(found) == list(net.state_dict())
    assert all(torch.equal(found[name], value) for name, value in net.state_dict().items())


def test_no_flipped_bit_is_read_as_another_weight(net, file):
    content, expected, draws = file.read_bytes(), net.state_dict(), random.Random(1)
    found = 0
    for _ in range(600):
        spoilt = bytearray(content)
        spoilt[draws.randrange(len(content))] ^= 1 << draws.randrange(8)
        file.write_bytes(spoilt)
        try:
            state = read_state(file)
        except (Damaged, BadInput):
            found += 1
        else:
            assert list(state) == list(expected)
            assert all(torch.equal(state[name], value) for name, value in expected.items())
    assert found > 100


@pytest.mark.parametrize("share", [0, 0.3, 0.99])
def test_a_file_that_is_cut_short_is_damaged(net, file, share):
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(Damaged, match=r"net\.pt: not a state dict of torch\.save"):
        load_state(net, file)


def test_a_file_that_cannot_be_read_now_is_not_taken_for_a_damaged_one(file):
    few = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, few[1]))
    try:
        with pytest.raises(BadInput, match="cannot be read: Too many open files") as caught:
            read_state(file)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, few)
    assert not isinstance(caught.value, Damaged)
