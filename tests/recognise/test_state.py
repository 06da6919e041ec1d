import os
import random
import resource
import zipfile
from pathlib import Path

import pytest
import torch
from torch import nn

from aip.errors import BadInput
from aip.recognise.nets.state import load_state, read_state
from aip.store.checksums import Damaged


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


def test_a_file_in_the_format_before_pytorch_1_6_is_read(net, file):
    torch.save(net.state_dict(), file, _use_new_zipfile_serialization=False)
    found = read_state(file)
    assert all(torch.equal(found[name], value) for name, value in net.state_dict().items())


WEIGHT = torch.zeros(20, 20)
STRANGE = {
    "sparse": (lambda: WEIGHT.to_sparse(), "it holds torch._utils._rebuild_sparse_tensor"),
    "quantised": (
        lambda: torch.quantize_per_tensor(WEIGHT, 1, 0, torch.qint8),
        "it holds torch._utils._rebuild_qtensor",
    ),
    "without values": (
        lambda: torch.zeros(20, 20, device="meta"),
        "it holds torch._utils._rebuild_meta_tensor_no_storage",
    ),
    "nested": (
        lambda: torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)]),
        "it holds torch._utils._rebuild_nested_tensor",
    ),
    "of numpy": (lambda: WEIGHT.numpy(), "_reconstruct, expected tensors alone"),
    "bytes": (lambda: bytearray(3), "bytearray, expected tensors alone"),
    "complex": (lambda: WEIGHT.to(torch.complex64), "expected floating-point numbers, found torch"),
    "whole": (lambda: WEIGHT.to(torch.int64), "expected floating-point numbers, found torch.int64"),
    "bool": (lambda: WEIGHT.to(torch.bool), "expected floating-point numbers, found torch.bool"),
    "no number": (lambda: WEIGHT / 0, "found a number that is infinite or none"),
    "one that is none": (
        lambda: WEIGHT.index_fill(0, torch.tensor(1), torch.nan),
        "infinite or none",
    ),
    "infinite": (lambda: WEIGHT + torch.inf, "found a number that is infinite or none"),
    "beyond float32": (lambda: WEIGHT.double() + 1e300, "found a number that is infinite or none"),
    "a list": (lambda: [[0.0] * 20] * 20, "expected shape (20, 20), found nothing"),
    "larger than its file": (lambda: torch.zeros(1).expand(2**40), "found (1099511627776,)"),
}


@pytest.mark.filterwarnings("ignore")  # of torch, about what it will not have in time
@pytest.mark.parametrize("strange", STRANGE)
@pytest.mark.parametrize("zipped", [True, False])
def test_what_are_no_weights_is_refused_in_a_sentence(net, file, strange, zipped):
    make, sentence = STRANGE[strange]
    state = {**net.state_dict(), "0.weight": make()}
    torch.save(state, file, _use_new_zipfile_serialization=zipped)
    with pytest.raises(BadInput) as caught:
        load_state(net, file)
    assert sentence in str(caught.value)
    assert "net.pt: " in str(caught.value)


def test_float16_weights_and_those_from_before_batches_were_counted_are_taken(net, file):
    state = {k: v.half() for k, v in net.state_dict().items() if "num_batches" not in k}
    torch.save(state, file)
    load_state(net, file)
    assert all(torch.equal(net.state_dict()[name], value.float()) for name, value in state.items())


def rewritten(file, edit, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(file) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    edit(members)
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def test_a_compressed_file_is_refused_before_it_is_read(file):
    bomb = {"net/bomb": bytes(2**22)}
    rewritten(file, lambda members: members.update(bomb), zipfile.ZIP_DEFLATED)
    with pytest.raises(Damaged, match="found it compressed"):
        read_state(file)


def test_a_description_without_end_is_refused_before_it_is_read(file):
    rewritten(file, lambda members: members.update({"net/data.pkl": b"N0" * 2**22}))
    with pytest.raises(Damaged, match="it describes tensors in more than 4,194,304 bytes"):
        read_state(file)


def test_members_that_share_their_bytes_are_refused(file):
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("net/bomb", bytes(2**16))
        archive.filelist += [archive.getinfo("net/bomb")] * 9
    with pytest.raises(Damaged, match="it says that it holds more than it has"):
        read_state(file)


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_a_folder_or_a_pipe_in_its_place_is_named(tmp_path, make):
    make(tmp_path / "net.pt")
    with pytest.raises(BadInput, match=r"net\.pt: found (a folder|no plain file), exp"):
        read_state(tmp_path / "net.pt")
