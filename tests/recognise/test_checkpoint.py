import errno
import logging
import re

import pytest
import torch

from aip.compute.device import CPU
from aip.errors import BadInput
from aip.recognise import training
from aip.recognise.checkpoint import Checkpoint

STEPS = {"schedule": "step", "drop_every": 1, "drop_by": 0.5}


class Killed(Exception):  # noqa: N818
    """Stands for the end of a process."""


@pytest.fixture
def checkpoint(tmp_path):
    """Return what a process finds and keeps beside a net."""
    return lambda *follows: Checkpoint(tmp_path / "net.pt", CPU, *(follows or ("print",)))


@pytest.fixture
def kill(teach, checkpoint):
    """Teach a net and kill it in the epoch after the last whole one."""

    def run(arch, after, **changed):
        def report(epoch):
            if epoch.epoch > after:
                raise Killed
            kept.curve.append({"loss": epoch.loss})

        kept = checkpoint()
        with pytest.raises(Killed):
            teach(arch, report=report, checkpoint=kept, **changed)

    return run


# ResNet draws nothing while it learns; GoogLeNet drops features out, and EfficientNet whole blocks.
@pytest.mark.parametrize(
    ("arch", "changed"),
    [
        ("resnet18", {}),
        ("resnet18", STEPS),
        ("googlenet", {**STEPS, "lanes": 1}),
        ("efficientnet_b0", {"lanes": 1, "batch_size": 16}),
    ],
)
def test_a_training_that_was_killed_goes_on_to_the_same_net(
    teach,
    kill,
    checkpoint,
    arch,
    changed,
):
    whole, curve = teach(arch, epochs=3, **changed)
    kill(arch, after=2, epochs=3, **changed)
    kept = checkpoint()
    assert kept.curve == [{"loss": epoch.loss} for epoch in curve[:2]]
    again, rest = teach(arch, epochs=3, checkpoint=kept, **changed)
    pairs = zip(again.state_dict().values(), whole.state_dict().values(), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)
    assert rest == curve[2:]


def test_a_checkpoint_is_read_without_unpickling_and_goes_when_the_net_is_there(
    teach,
    checkpoint,
    tmp_path,
):
    kept = checkpoint()
    teach(epochs=2, checkpoint=kept)
    (path,) = tmp_path.glob(".net.pt*")
    assert torch.load(path, weights_only=True)["epoch"] == 1
    kept.remove()
    assert not path.exists()
    kept.remove()


def spoil(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("change", "follows", "sentence"),
    [
        (spoil, "print", "differs from its checksum"),
        (lambda path: path.write_bytes(path.read_bytes()[:999]), "print", "not a state dict"),
        (lambda path: torch.save([1], path), "print", "found a list"),
        (lambda path: torch.save({"weight": torch.ones(2)}, path), "print", "another training"),
        (lambda _: None, "another print", "another training wrote it"),
    ],
)
def test_a_checkpoint_that_is_damaged_or_of_another_training_is_ignored(
    checkpoint, tmp_path, caplog, change, follows, sentence
):
    checkpoint().keep(1, {"net": torch.nn.Linear(300, 300)})
    change(tmp_path / ".net.pt.checkpoint")
    with caplog.at_level(logging.INFO):
        found = checkpoint(follows)
    assert (found.restore({}), found.curve) == (0, [])
    assert sentence in caplog.text
    assert "starts at the first epoch" in caplog.text


def test_a_training_goes_on_where_its_checkpoint_cannot_be_written(
    teach, checkpoint, monkeypatch, caplog, tmp_path
):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    _, curve = teach(epochs=2, checkpoint=checkpoint())
    assert len(curve) == 2
    assert ".net.pt.checkpoint: cannot be written: No space left on device" in caplog.text
    assert not list(tmp_path.glob(".net.pt*"))


@pytest.mark.parametrize("rate", [1e6, 1e30])
def test_a_training_that_diverges_stops_at_that_step(teach, monkeypatch, rate):
    steps, original = [], training._Lanes.step

    def step(*arguments):
        steps.append(1)
        return original(*arguments)

    monkeypatch.setattr(training._Lanes, "step", step)
    curve = []
    with pytest.raises(BadInput, match=re.escape(f"diverges at learning_rate {rate:g}: ")) as error:
        teach(each=24, epochs=50, learning_rate=rate, validation=0.0, report=curve.append)
    assert f"in step {(len(steps) - 1) % 6 + 1} of epoch {len(curve) + 1} " in str(error.value)


def test_a_net_that_the_last_step_spoils_is_refused(teach, monkeypatch):
    """The loss of its own step is still finite."""
    original = torch.optim.SGD.step

    def step(self, *arguments):
        original(self, *arguments)
        with torch.no_grad():
            next(iter(self.param_groups[0]["params"])).fill_(torch.inf)

    monkeypatch.setattr(torch.optim.SGD, "step", step)
    with pytest.raises(BadInput, match=r"in step 1 of epoch 1 the loss or the net is no longer"):
        teach(epochs=1, batch_size=16)
