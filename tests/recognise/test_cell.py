import h5py
import numpy as np
import pytest
import torch

from aip.album.heads import open_heads
from aip.compute.draws import generator
from aip.errors import BadInput
from aip.perturb.artifact import write_perturbations
from aip.process import process
from aip.recognise.cell import write_cell
from aip.recognise.scoring import processed, summed_scores
from aip.store.hdf5 import ImageReader, reading

ROWS = [("t0", "train", None), ("t1", "train", None)] + [
    (f"person{i % 4}", "val", split) for split in (0, 1) for i in range(20)
]
MIX = (("O", 3), ("T", 2), ("N", 2), ("B", 2), ("C", 1))


@pytest.fixture
def heads(heads_file):
    with open_heads(heads_file(ROWS)) as found:
        yield found


def published(heads, numbers) -> list[np.ndarray]:
    return [heads.images[number - 1] for number in numbers]


def head(seed: int = 0, height: int = 24, width: int = 31) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_a_head_is_processed_at_native_size_and_rounded_to_8_bits():
    found = list(processed(head(), 7, (("N", 2), ("B", 1)), seed=5))
    assert [weight for _, weight in found] == [1, 1, 1]
    x = torch.from_numpy(head()).permute(2, 0, 1)[None].float()
    for (image, _), (kind, draw) in zip(found, [("N", 0), ("N", 1), ("B", 0)], strict=True):
        drawn = process(kind)(x, [generator(5, "recogniser", kind, 7, draw)], "recogniser")
        expected = np.clip(np.rint(drawn[0].permute(1, 2, 0).numpy()), 0, 255)
        assert image.dtype == np.uint8
        assert np.array_equal(image, expected)


def test_draws_differ_between_heads_draws_kinds_and_seeds():
    noisy = [
        next(processed(head(), number, (("N", 1),), seed))[0].tobytes()
        for number, seed in ((1, 1), (2, 1), (1, 2))
    ]
    noisy += [i.tobytes() for i, _ in list(processed(head(), 1, (("N", 3),), 1))[1:]]
    assert len(set(noisy)) == 5


def test_nothing_stands_for_all_of_its_draws():
    ((image, weight),) = processed(head(), 1, (("O", 5),), seed=1)
    assert np.array_equal(image, head())
    assert weight == 5


def test_scores_are_summed_over_the_draws(heads, linear):
    recogniser, numbers = linear(4, 12), heads.id[heads.where("val", split=1)]
    told = []
    images = [heads.images[int(number) - 1] for number in numbers]
    found = summed_scores(recogniser, images, numbers, MIX, 3, told.append)
    assert sum(told) == len(numbers)
    weight = recogniser.weight.double().numpy()
    for k in (0, 7, 19):
        expected = np.zeros(4)
        for image, times in processed(images[k], int(numbers[k]), MIX, 3):
            x = torch.from_numpy(image).permute(2, 0, 1)[None].float()
            small = torch.nn.functional.interpolate(
                x, (12, 12), mode="bilinear", align_corners=False, antialias=True
            )[0].numpy()
            mean = np.array([123.675, 116.28, 103.53])[:, None, None]
            deviation = np.array([58.395, 57.12, 57.375])[:, None, None]
            features = ((small - mean) / deviation).ravel()
            expected += times * (weight @ features + recogniser.bias.double().numpy())
        assert found[k] == pytest.approx(expected, rel=1e-3, abs=1e-3)


def test_a_heads_scores_do_not_depend_on_who_else_is_scored(heads, linear):
    recogniser, numbers = linear(4, 12), heads.id[heads.where("val", split=1)]

    def found(chosen):
        images = published(heads, numbers[chosen])
        return summed_scores(recogniser, images, numbers[chosen], MIX, 3, lambda _: None)

    together = found(list(range(20)))
    for chosen in ([4], [19, 0, 4], list(range(19, -1, -1))):
        assert np.array_equal(found(chosen), together[chosen])


@pytest.fixture
def shards(tmp_path, heads, provenance):
    """Publish the heads of split 1 as they are, in two shards and an empty one."""
    positions = heads.where("val", split=1)[::-1]
    paths = []
    for name, part in (("a", positions[:13]), ("b", positions[13:]), ("c", positions[:0])):
        paths.append(tmp_path / f"{name}.h5")
        write_perturbations(
            paths[-1], heads, part, None, provenance({"method": "none"}), lambda _: None
        )
    return paths


@pytest.fixture
def cell(tmp_path, heads, linear, provenance):
    def make(paths, copies=(("O", 1),), name="cell.h5"):
        path = tmp_path / name
        write_cell(
            path, paths, heads, [linear(4, 12)] * len(paths), copies, provenance(), lambda _: None
        )
        with h5py.File(path) as file:
            columns = {k: file[k][()] for k in ("id", "split", "label", "scores", "predicted")}
            columns["identities"] = file["identities"].asstr()[()].tolist()
            return columns | dict(file.attrs)

    return make


def test_a_cell_holds_ids_labels_scores_predictions_and_the_rate(cell, shards, heads, linear):
    found = cell(shards)
    assert found["id"].tolist() == list(range(42, 22, -1))
    assert set(found["split"]) == {1}
    names = heads.identity[found["id"] - 1]
    assert found["label"].tolist() == [int(name[-1]) for name in names]
    assert found["identities"] == [f"person{i}" for i in range(4)]
    assert found["predicted"].tolist() == [int(np.argmax(row)) for row in found["scores"]]
    hits = [f"person{p}" == name for p, name in zip(found["predicted"], names, strict=True)]
    assert found["recognition_rate"] == sum(hits) / 20
    assert 0 < sum(hits) < 20  # else this test says little
    assert found["heads"] == 20
    expected = summed_scores(
        linear(4, 12), published(heads, found["id"]), found["id"], (("O", 1),), 1, lambda _: None
    )
    assert np.array_equal(found["scores"], expected)
    assert found["fingerprint"] == "f" * 24


def test_a_cell_is_the_same_however_its_heads_were_sharded(
    cell, shards, heads, provenance, tmp_path
):
    whole = tmp_path / "whole.h5"
    positions = heads.where("val", split=1)[::-1]
    write_perturbations(
        whole, heads, positions, None, provenance({"method": "none"}), lambda _: None
    )
    one, three = cell([whole], MIX), cell(shards, MIX, "other.h5")
    for name in ("id", "label", "scores", "predicted"):
        assert np.array_equal(one[name], three[name])
    assert one["recognition_rate"] == three["recognition_rate"]


def test_a_damaged_shard_is_named_and_leaves_no_cell(cell, shards, tmp_path):
    content = shards[1].read_bytes()
    shards[1].write_bytes(content[: len(content) // 2])
    with pytest.raises(BadInput, match=r"b\.h5: not a whole HDF5 artifact"):
        cell(shards)
    assert not (tmp_path / "cell.h5").exists()


def test_images_are_read_from_the_shard(shards, heads):
    with reading(shards[0]) as file:
        assert np.array_equal(ImageReader(file["images"])[0], heads.images[41])
