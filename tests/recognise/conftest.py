"""Nets being taught, and the perturbation files of heads that recognisers learn from."""

import numpy as np
import pytest

from aip.album.heads import open_heads
from aip.recognise.training import train
from aip.store.hdf5 import ImageWriter, write_column, writing


@pytest.fixture
def write_lesson(tmp_path, provenance):
    """Write a lesson: write_lesson(name, ids, images)."""

    def write(name, ids, images):
        path = tmp_path / f"{name}.h5"
        with writing(path, provenance()) as file:
            writer = ImageWriter(file.create_group("images"))
            writer.append(images)
            writer.close()
            write_column(file, "id", np.array(ids, np.int64))
        return path

    return write


TRAINING = {
    "epochs": 2,
    "batch_size": 8,
    "lanes": 2,
    "schedule": "one-cycle",
    "learning_rate": 0.02,
    "weight_decay": 0.0005,
    "label_smoothing": 0.1,
    "validation": 0.1,
}


@pytest.fixture
def teach(heads_file):
    """Teach a net some people of noise: teach(arch, …) -> net, learning curve."""

    def run(
        arch="resnet18",
        threads=1,
        seed=1,
        people=2,
        size=32,
        each=8,
        lessons=(),
        start=None,
        weights=None,
        mean=None,
        report=None,
        checkpoint=None,
        **changed,
    ):
        rows = [(f"t{i}", "train", None) for i in range(people) for _ in range(each)]
        path = heads_file([*rows, ("Ada", "val", 0), ("Ada", "val", 1)], f"h{len(tried)}")
        tried.append(path)
        definition = {
            "arch": arch,
            "weights": weights,
            "mean": mean,
            "input_size": [size, size],
            "precision": "float32",
            "training": {**TRAINING, **changed},
        }
        curve = []
        report = report or curve.append
        with open_heads(path) as heads:
            net = train(
                heads, lessons, start, definition, seed, threads, report, checkpoint=checkpoint
            )
        return net, curve

    tried = []
    return run
