"""Photos written for other programs: whose heads they hold, and published heads in their place."""

import csv

import numpy as np
import pytest
from PIL import Image

from aip.album.export import write_heads_as_files, write_photos_as_files
from aip.album.head_files import first_heads, read_head_files
from aip.album.index import Instance
from aip.errors import BadInput

INDEX = [
    Instance("", "a.png", -4, 2, 12, 10, "=ann", "val", 1),  # clipped, and a formula
    Instance("", "b.png", 5, 5, 9, 9, "ben", "train", None),
    Instance("", "a.png", 20, 20, 8, 9, "ben", "val", 0),
]


@pytest.fixture
def photos(tmp_path):
    found = {}
    for number, name in enumerate(("a.png", "b.png")):
        rng = np.random.default_rng(number)
        found[name] = rng.integers(0, 256, (40, 30, 3), dtype=np.uint8)
        Image.fromarray(found[name]).save(tmp_path / name)
    return found


def read(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write_photos(tmp_path, published):
    folder = tmp_path / "out"
    folder.mkdir()
    where, path = tmp_path / "index.csv", lambda instance: tmp_path / instance.photo
    write_photos_as_files(folder, INDEX, where, path, [1, 2, 3], published)
    return folder


def test_a_photo_is_written_once_under_the_number_of_its_first_head(tmp_path, photos):
    assert first_heads(INDEX) == {1: 1, 2: 2, 3: 1}
    folder = write_photos(tmp_path, {})
    assert sorted(read_head_files(folder, "root").by_number) == [1, 2]
    assert np.array_equal(np.asarray(Image.open(folder / "000001.png")), photos["a.png"])
    lines = read(folder / "index.csv")
    assert [line["file"] for line in lines] == ["000001.png", "000002.png", "000001.png"]
    assert [line["identity"] for line in lines] == ["'=ann", "ben", "ben"]
    assert [line["split"] for line in lines] == ["1", "", "0"]
    assert [line["xmin"] for line in lines] == ["-4", "5", "20"]
    assert {(line["file_width"], line["file_height"]) for line in lines} == {("30", "40")}


def test_published_heads_take_their_places_in_photos(tmp_path, photos):
    black, white = np.zeros((10, 8, 3), np.uint8), np.full((9, 8, 3), 255, np.uint8)
    folder = write_photos(tmp_path, {1: lambda: black, 3: lambda: white})
    expected = photos["a.png"].copy()
    expected[2:12, :8], expected[20:29, 20:28] = 0, 255
    assert np.array_equal(np.asarray(Image.open(folder / "000001.png")), expected)
    assert np.array_equal(np.asarray(Image.open(folder / "000002.png")), photos["b.png"])


@pytest.mark.usefixtures("photos")
def test_a_published_head_of_another_size_has_no_place_in_its_photo(tmp_path):
    small = np.zeros((5, 5, 3), np.uint8)
    with pytest.raises(BadInput, match=r"^head 3: its published image is 5 wide and 5 high, expec"):
        write_photos(tmp_path, {3: lambda: small})


def test_heads_are_written_without_loss(tmp_path):
    head = np.random.default_rng(0).integers(0, 256, (7, 5, 3), dtype=np.uint8)
    write_heads_as_files(tmp_path, INDEX, [(2, head)])
    assert np.array_equal(np.asarray(Image.open(tmp_path / "000002.png")), head)
    (line,) = read(tmp_path / "index.csv")
    assert (line["head"], line["identity"], line["file_width"]) == ("2", "ben", "5")
