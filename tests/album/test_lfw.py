import os
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from aip import album
from aip.album.lfw import OF_TEN_OR_MORE, PHOTOS, Lfw

DEFINITION = {
    "source": "lfw",
    "box": [60, 40, 130, 152],
    "boxes": None,
    "val_min_photos": 10,
    "train_min_photos": 2,
}


@pytest.fixture
def folder(tmp_path):
    """Lay out the set as scikit-learn leaves it, so that it finds all and downloads nothing."""
    home = tmp_path / "results" / "downloads" / "lfw_home"
    photos = home / "lfw_funneled"
    people = {"Ada_Lovelace": 10, "Eve_Moneypenny": 3, "Often_Seen": 500}
    for person, count in people.items():
        (photos / person).mkdir(parents=True)
        first = photos / person / f"{person}_0001.jpg"
        pixels = np.full((250, 250, 3), count % 256, np.uint8)
        Image.fromarray(pixels).save(first, quality=20)
        for number in range(2, count + 1):
            os.link(first, photos / person / f"{person}_{number:04d}.jpg")
    for name in ("pairsDevTrain.txt", "pairsDevTest.txt", "pairs.txt"):
        (home / name).touch()
    return tmp_path / "results" / "faces" / "album"


def test_the_index_of_the_downloaded_set_is_that_of_a_folder(folder):
    source = album.source(DEFINITION, folder)
    assert isinstance(source, Lfw)
    index, missing = source.make(1, 1, lambda _: lambda _: None)
    assert missing == []
    root = folder.parent.parent / "downloads" / "lfw_home" / "lfw_funneled"
    plain = album.source({**DEFINITION, "source": "folder", "root": str(root)}, folder)
    assert index == plain.make(1, 1, lambda _: lambda _: None)[0]
    assert Counter((i.identity, i.subset, i.split) for i in index) == {
        ("Ada_Lovelace", "val", 0): 5,
        ("Ada_Lovelace", "val", 1): 5,
        ("Eve_Moneypenny", "train", None): 3,
        ("Often_Seen", "val", 0): 250,
        ("Often_Seen", "val", 1): 250,
    }
    assert all(source.photo_path(instance).is_file() for instance in index)


@pytest.mark.parametrize(("minimum", "at_most"), [(10, OF_TEN_OR_MORE), (4, PHOTOS)])
def test_split_1_is_bounded_before_the_set_is_here(tmp_path, minimum, at_most):
    source = Lfw({**DEFINITION, "val_min_photos": minimum}, tmp_path / "results" / "a" / "album")
    assert source.count(1) == at_most // 2
    assert source.content(tmp_path) == ""
    assert list(tmp_path.iterdir()) == []
