import weakref

import numpy as np
import pytest
import torch

from aip.errors import BadInput
from aip.recognise import training
from aip.recognise.augment import augment, with_margin
from aip.recognise.nets.building import build


def same(first, second) -> bool:
    pairs = zip(first.state_dict().values(), second.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


# ResNet draws nothing while it learns; GoogLeNet drops features out.
@pytest.mark.parametrize("arch", ["resnet18", "googlenet"])
def test_the_weights_are_the_same_to_the_bit_whatever_the_number_of_threads(teach, arch):
    (one, curve), (two, again) = (teach(arch, threads=threads, epochs=1) for threads in (1, 2))
    assert same(one, two)
    assert curve == again


def test_another_seed_gives_other_weights(teach):
    (one, _), (other, _) = (teach(seed=seed, epochs=1) for seed in (1, 2))
    assert not same(one, other)


def test_training_lowers_the_loss_and_reports_every_epoch(teach):
    _, curve = teach(people=3, epochs=6, each=16, batch_size=16, learning_rate=0.003)
    assert [epoch.epoch for epoch in curve] == list(range(1, 7))
    assert curve[-1].loss < 0.8 * curve[0].loss
    assert curve[-1].accuracy > curve[0].accuracy + 0.1
    assert curve[0].loss == pytest.approx(np.log(3), rel=0.6)
    assert curve[-1].learning_rate < 0.1 * max(epoch.learning_rate for epoch in curve)
    assert all(0 <= epoch.validation_accuracy <= 1 for epoch in curve)


def test_the_one_cycle_schedule_rises_and_falls_along_cosines(teach):
    """Two steps to an epoch: of 8 heads each."""
    epochs, per_epoch = 5, 2
    _, curve = teach(epochs=epochs, learning_rate=0.01, validation=0.0)
    last, top = epochs * per_epoch, 0.3 * (epochs * per_epoch + 1) - 1

    def rate(step):
        """Return the closed form, from a twenty-fifth of the peak to a 250,000th of it."""
        low, way = (1 / 25, step / top) if step < top else (4e-6, (last - step) / (last - top))
        return 0.01 * (low + (1 - low) * (1 - np.cos(np.pi * way)) / 2)

    ends = [rate(per_epoch * epoch - 1) for epoch in range(1, epochs + 1)]
    assert [epoch.learning_rate for epoch in curve] == pytest.approx(ends)


@pytest.fixture
def by_steps(teach):
    return lambda **changed: teach(
        schedule="step", **{"drop_every": 2, "drop_by": 0.5, "validation": 0.0, **changed}
    )


def test_the_step_schedule_drops_the_learning_rate_after_whole_periods(by_steps):
    _, curve = by_steps(epochs=5, learning_rate=0.01)
    expected = [0.01, 0.01, 0.005, 0.005, 0.0025]
    assert [epoch.learning_rate for epoch in curve] == pytest.approx(expected)


def test_what_is_learnt_is_learnt_at_the_rate_of_the_schedule(by_steps):
    """After a drop to next to nothing, parameters stay where the epoch before left them."""
    (before, _), (after, _), (on, _) = (
        by_steps(epochs=epochs, drop_every=drop_every, drop_by=1e-9)
        for epochs, drop_every in ((1, 1), (2, 1), (2, 2))
    )
    assert apart(after, before) < 1e-6
    assert apart(on, before) > 1e-3


def test_nesterovs_momentum_is_the_one_cycle_schedules_alone(teach, by_steps):
    """A first step goes 1 + momentum times as far with it; from one start, on the same heads."""
    start, _ = teach(epochs=0)
    alone = {"epochs": 1, "batch_size": 16, "validation": 0.0}
    moved = []
    for net, (epoch,) in (teach(**alone), by_steps(**alone)):
        pairs = zip(net.parameters(), start.parameters(), strict=True)
        change = torch.cat([(a - b).detach().flatten() for a, b in pairs])
        moved.append(change / epoch.learning_rate)
    # Two sevenths of the way down the only cycle, where momentum goes from 0.85 up to 0.95.
    momentum = 0.85 + 0.1 * (1 - np.cos(np.pi * 2 / 7)) / 2
    assert float(moved[0].norm() / moved[1].norm()) == pytest.approx(1 + momentum, rel=1e-3)


def test_without_held_out_heads_there_is_no_validation_accuracy(teach):
    _, curve = teach(epochs=1, validation=0.0)
    assert np.isnan(curve[0].validation_accuracy)


def test_nothing_of_a_step_is_kept_but_its_numbers(teach, monkeypatch):
    """A tensor kept of each would have memory grow with every step."""
    kept, most = [], 0

    def step(*arguments):
        nonlocal most
        most = max(most, sum(tensor() is not None for tensor in kept))
        results = original(*arguments)
        kept.extend(weakref.ref(tensor) for result in results for tensor in result)
        return results

    original = training._Lanes.step
    monkeypatch.setattr(training._Lanes, "step", step)
    teach(people=4, epochs=1)
    assert len(kept) > 8
    assert most <= 4  # those of the step before: two lanes' loss and right answers


def test_fewer_than_two_identities_are_refused(teach):
    with pytest.raises(BadInput, match=r"1 identities in the train subset; .* at least two"):
        teach(people=1)


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"batch_size": 2}, "in batches of 2 and 2 lanes leave 1 in a lane"),
        ({"lanes": 8}, "in batches of 8 and 8 lanes leave 1 in a lane"),
        ({"each": 1, "validation": 0.0}, "training: 2 heads .* leave 1 in a lane"),
    ],
)
def test_lanes_too_small_for_batch_statistics_are_refused(teach, changed, found):
    with pytest.raises(BadInput, match=found):
        teach(**changed)


def head() -> torch.Tensor:
    side, _ = with_margin((32, 32))
    pixels = np.random.default_rng(0).integers(60, 190, (3, side, side), dtype=np.uint8)
    return torch.from_numpy(pixels)


def test_augmentation_depends_on_seed_head_and_epoch_alone():
    first = augment(head(), (32, 32), 1, 7, 2)
    assert (first.shape, first.dtype) == ((3, 32, 32), torch.uint8)
    for key in ((1, 8, 2), (1, 7, 3), (2, 7, 2)):
        assert not torch.equal(augment(head(), (32, 32), *key), first)
    assert torch.equal(augment(head(), (32, 32), 1, 7, 2), first)


def test_augmentation_leaves_no_black_corner_in_most_heads():
    # The margin is there for the turn and the shift.
    black = [(augment(head(), (32, 32), 1, n, 1) == 0).float().mean().item() for n in range(60)]
    assert np.mean(black) < 0.03


def test_half_of_the_heads_are_mirrored():
    side, _ = with_margin((32, 32))
    ramp = torch.arange(side).expand(3, side, side).mul(2).add(60).to(torch.uint8)
    slopes = [augment(ramp, (32, 32), 1, n, 1).float()[:, 8:24, 8:24] for n in range(100)]
    rising = [float(s[..., -1].mean() - s[..., 0].mean()) > 0 for s in slopes]
    assert 30 < sum(rising) < 70


@pytest.fixture
def lesson(write_lesson):
    """Noise in the place of the first heads of the train subset."""

    def make(seed, count=8):
        shape = (count, 20, 24, 3)
        return write_lesson(
            f"lesson{seed}",
            range(1, count + 1),
            np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8),
        )

    return make


def test_a_net_learns_from_its_lessons(teach, lesson):
    (alone, _), (one, _), (other, _) = (
        teach(epochs=1, lessons=lessons) for lessons in ((), (lesson(1),), (lesson(2),))
    )
    assert not same(alone, one)
    assert not same(one, other)


@pytest.fixture
def started(tmp_path):
    """Weights that no seed draws, and their file."""
    torch.manual_seed(77)
    net = build("resnet18", weights=None)
    torch.save(net.state_dict(), tmp_path / "start.pt")
    return net, tmp_path / "start.pt"


def apart(first, second) -> float:
    """Return how far convolutions are apart; the weights of unrelated nets √2, more or less."""
    pairs = zip(first.state_dict().values(), second.state_dict().values(), strict=True)
    return max(float((a - b).norm() / b.norm()) for a, b in pairs if a.dim() == 4)


def test_fine_tuning_starts_from_the_weights_of_its_start(teach, started, lesson):
    net, path = started
    tuned, _ = teach(start=path, epochs=1, learning_rate=1e-4, lessons=[lesson(1)])
    assert 0 < apart(tuned, net) < 0.05
    fresh, _ = teach(epochs=1, learning_rate=1e-4, lessons=[lesson(1)])
    assert apart(fresh, net) > 1


def test_no_epochs_leave_the_net_as_it_starts(teach, started, lesson):
    net, path = started
    found, curve = teach(start=path, epochs=0, lessons=[lesson(1)])
    assert same(found, net)
    assert curve == []
    assert same(teach(weights=str(path), epochs=0)[0], net)
    (one, _), (again, _), (other, _) = (teach(epochs=0, seed=seed) for seed in (1, 1, 2))
    assert same(one, again)
    assert not same(one, other)


def test_the_start_counts_and_not_the_definitions_weights(teach, started, tmp_path):
    net, path = started
    torch.save(build("resnet18", weights=None).state_dict(), tmp_path / "other.pt")
    found, _ = teach(start=path, weights=str(tmp_path / "other.pt"), epochs=0)
    assert same(found, net)


def test_a_net_of_caffes_learns_with_its_mean_and_keeps_it(teach, tmp_path):
    means = {name: [50.0 + i, 100.0 + i, 150.0 + i] for i, name in enumerate(("one", "two"))}
    for name, mean in means.items():
        np.save(tmp_path / f"{name}.npy", np.array(mean))
    caffe = {"arch": "caffe:googlenet", "epochs": 1, "learning_rate": 1e-3}
    one, two = (teach(**caffe, mean=str(tmp_path / f"{name}.npy"))[0] for name in means)
    assert (one.mean.tolist(), two.mean.tolist()) == ([150, 100, 50], [151, 101, 51])
    first, other = (net.get_submodule("conv1/7x7_s2").weight for net in (one, two))
    assert not torch.equal(first, other)  # they began alike and saw other inputs
    torch.save(one.state_dict(), tmp_path / "one.pt")
    tuned, _ = teach(**caffe, mean=str(tmp_path / "two.npy"), start=tmp_path / "one.pt")
    assert tuned.mean.tolist() == [150, 100, 50]
