import numpy as np
import pytest
import torch

from aip.album.heads import open_heads
from aip.recognise.augment import augment
from aip.recognise.material import Material
from aip.recognise.recogniser import to_input
from aip.store.hdf5 import ImageReader

# Train heads are not the first of the file, nor are their people in the order of the alphabet.
ROWS = [("Ada", "val", 0), ("Ada", "val", 1)] + [(f"t{i % 3}", "train", None) for i in (2, 1, 3, 5)]
TRAIN = [3, 4, 5, 6]
LABELS = [2, 1, 0, 2]
SIZE = [32, 32]
DEFINITION = {"arch": "resnet18", "input_size": SIZE}


def perturbed(number: int, by: int = 0) -> np.ndarray:
    return np.random.default_rng(100 * by + number).integers(0, 256, (20, 24, 3), dtype=np.uint8)


@pytest.fixture
def heads(heads_file):
    with open_heads(heads_file(ROWS)) as found:
        yield found


@pytest.fixture
def lesson(write_lesson):
    """Write lessons of some heads by one user strategy: lesson(name, ids, by)."""
    return lambda name, ids, by=0: write_lesson(name, ids, [perturbed(i, by) for i in ids])


def everything(material: Material) -> tuple[torch.Tensor, ...]:
    members = np.arange(len(material.labels))
    drawn = material.plain(members), material.augmented(members, 1)
    return *drawn, material.labels, *map(torch.from_numpy, material.hold_out(0.4))


def test_clean_heads_come_first_then_each_lesson_in_its_order(heads, lesson):
    lessons = [lesson("a", [5, 3]), lesson("b", [6])]
    material = Material(heads, lessons, DEFINITION, seed=1)
    assert material.identities == 3
    assert material.labels.tolist() == [*LABELS, 0, 2, 2]
    found = material.plain(np.arange(7))
    images = [heads.images[i - 1] for i in TRAIN] + [perturbed(i) for i in (5, 3, 6)]
    for given, image in zip(images, found, strict=True):
        # The input lies in the middle of a margin of a sixteenth on each side.
        expected = to_input(given, (36, 36))[:, 2:-2, 2:-2].round().to(torch.uint8)
        assert torch.equal(image, expected)


def test_how_lessons_are_divided_into_shards_changes_nothing(heads, lesson):
    whole = Material(heads, [lesson("whole", TRAIN)], DEFINITION, seed=1)
    for cut in (1, 3):
        parts = [lesson(f"{cut}-0", TRAIN[:cut]), lesson(f"{cut}-1", TRAIN[cut:])]
        divided = Material(heads, parts, DEFINITION, seed=1)
        pairs = zip(everything(whole), everything(divided), strict=True)
        assert all(torch.equal(a, b) for a, b in pairs)


def test_clean_heads_are_drawn_alike_whether_or_not_there_are_lessons(heads, lesson):
    alone = Material(heads, [], DEFINITION, seed=1)
    taught = Material(heads, [lesson("a", TRAIN)], DEFINITION, seed=1)
    clean = np.arange(4)
    assert torch.equal(alone.augmented(clean, 2), taught.augmented(clean, 2))
    for mine, theirs in zip(alone.hold_out(0.5), taught.hold_out(0.5), strict=True):
        assert mine.tolist() == [i for i in theirs.tolist() if i < 4]


def test_clean_heads_are_drawn_by_their_own_number(heads):
    found = Material(heads, [], DEFINITION, seed=5).augmented(np.arange(4), 3)
    for number, image in zip(TRAIN, found, strict=True):
        margin = to_input(heads.images[number - 1], (36, 36)).round().to(torch.uint8)
        assert torch.equal(image, augment(margin, (32, 32), 5, number, 3))


def test_every_copy_of_a_head_has_draws_of_its_own(heads, write_lesson):
    copy = [heads.images[i - 1] for i in TRAIN]  # the same pixels: only the draws can differ
    lessons = [write_lesson(name, TRAIN, copy) for name in "ab"]
    material = Material(heads, lessons, DEFINITION, seed=1)
    members = np.arange(12)
    plain, drawn = material.plain(members), material.augmented(members, 1)
    for i in range(4):
        copies = range(i, 12, 4)
        assert all(torch.equal(plain[i], plain[k]) for k in copies)
        assert len({drawn[k].numpy().tobytes() for k in copies}) == 3
    assert len({image.numpy().tobytes() for image in drawn}) == 12


def test_a_heads_copies_are_held_out_together(heads_file, write_lesson):
    rows = [(f"t{i % 4}", "train", None) for i in range(40)]
    ids = np.random.default_rng(0).permutation(40) + 1
    with open_heads(heads_file(rows, "many")) as heads:
        lessons = [write_lesson(n, ids, [perturbed(int(i)) for i in ids]) for n in ("a", "b")]
        material = Material(heads, lessons, DEFINITION, seed=1)
    head = np.concatenate([np.arange(1, 41), ids, ids])
    learnt, held_out = material.hold_out(0.3)
    assert sorted([*learnt, *held_out]) == list(range(120))
    assert not {*head[learnt]} & {*head[held_out]}
    assert 3 * 4 <= len(held_out) <= 3 * 24  # of 120, a share of 0.3
    everyone, nobody = material.hold_out(0.0)
    assert (len(everyone), len(nobody)) == (120, 0)


@pytest.mark.parametrize("held", [0, 3, 5])  # none, some of the clean, some of the lessons
def test_how_many_images_are_held_in_memory_changes_nothing(heads, lesson, monkeypatch, held):
    lessons = [lesson("a", [5, 3]), lesson("b", [6])]
    everywhere = everything(Material(heads, lessons, DEFINITION, seed=1))
    read = []
    plainly = ImageReader.__getitem__
    monkeypatch.setattr(ImageReader, "__getitem__", lambda *a: (read.append(a), plainly(*a))[1])
    monkeypatch.setattr("aip.recognise.material.HELD", held * 3 * 36 * 36 + 100)
    material = Material(heads, lessons, DEFINITION, seed=1)
    assert len(read) == held
    pairs = zip(everything(material), everywhere, strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
    assert len(read) == held + 2 * (7 - held)
