import os
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from aip import album
from aip.album.folder import Folder
from aip.album.index import Instance
from aip.errors import BadInput

DEFINITION = {
    "source": "folder",
    "box": [60, 40, 130, 152],
    "boxes": None,
    "val_min_photos": 10,
    "train_min_photos": 2,
}
PHOTOS = {"Ada": 11, "Bob": 10, "Eve": 9, "Mallory": 2, "Once": 1, "Zoë": 12}


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "people"
    for person, count in PHOTOS.items():
        (folder / person).mkdir(parents=True)
        for number in reversed(range(count)):
            pixels = np.full((4, 4, 3), number, np.uint8)
            Image.fromarray(pixels).save(folder / person / f"{number:02d}.png")
    (folder / "Ada" / "notes.txt").touch()
    (folder / "readme.jpg").touch()
    (folder / "Nobody").mkdir()
    return folder


def make(root, **changed) -> list[Instance]:
    source = album.source({**DEFINITION, "root": str(root), **changed}, root)
    index, missing = source.make(1, 1, lambda _: lambda _: None)
    assert missing == []
    return index


def test_people_with_ten_photos_are_recognised_and_the_others_teach(root):
    found = Counter((i.identity, i.subset) for i in make(root))
    assert found == {
        ("Ada", "val"): 11,
        ("Bob", "val"): 10,
        ("Eve", "train"): 9,
        ("Mallory", "train"): 2,
        ("Zoë", "val"): 12,
    }


def test_the_photos_of_the_recognised_alternate_between_the_splits_by_file_name(root):
    index = make(root)
    ada = [(i.photo, i.split) for i in index if i.identity == "Ada"]
    assert ada == [(f"{n:02d}.png", n % 2) for n in range(11)]
    assert {i.split for i in index if i.subset == "train"} == {None}


def test_every_photo_is_where_the_index_says_and_has_the_box_of_the_config(root):
    source = Folder({**DEFINITION, "root": str(root)}, root)
    for instance in source.make(1, 1, lambda _: lambda _: None)[0]:
        assert source.photo_path(instance).is_file()
        assert (instance.xmin, instance.ymin, instance.width, instance.height) == (60, 40, 130, 152)
    assert source.photo_folder is None


@pytest.mark.parametrize("minimum", [2, 9, 10, 11, 12])
def test_the_heads_of_split_1_are_known_from_the_listing(root, minimum):
    source = Folder({**DEFINITION, "root": str(root), "val_min_photos": minimum}, root)
    index, _ = source.make(1, 1, lambda _: lambda _: None)
    assert source.count(1) == sum(i.split == 1 for i in index)


def test_people_with_fewer_photos_than_wanted_are_left_out(root):
    people = {i.identity for i in make(root, train_min_photos=9)}
    assert people == {"Ada", "Bob", "Eve", "Zoë"}


def test_a_line_of_the_boxes_goes_before_the_fixed_box(root, tmp_path):
    boxes = tmp_path / "boxes.csv"
    boxes.write_text("photo,xmin,ymin,width,height\nAda/03.png,1,2,3,4\n", encoding="utf-8")
    found = {
        (i.identity, i.photo): (i.xmin, i.ymin, i.width, i.height)
        for i in make(root, boxes=str(boxes))
    }
    assert found.pop(("Ada", "03.png")) == (1, 2, 3, 4)
    assert set(found.values()) == {(60, 40, 130, 152)}


def test_a_photo_without_a_box_is_named(root, tmp_path):
    boxes = tmp_path / "boxes.csv"
    boxes.write_text("photo,xmin,ymin,width,height\nAda/00.png,1,2,3,4\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"boxes\.csv: no line for the photo Ada/01\.png"):
        make(root, boxes=str(boxes), box=None)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "line 1: expected the header photo,xmin,ymin,width,height"),
        (b"file,x,y,w,h\n", "line 1: expected the header"),
        (b"photo,xmin,ymin,width,height\nAda/00.png,1,2,3,4\nAda/01.png,1,2,3\n", "line 3"),
        (b"photo,xmin,ymin,width,height\nAda/00.png,1,2,3.5,4\n", "line 2: .*four integers"),
        (b"photo,xmin,ymin,width,height\nAda/00.png,1,2,1_0,4\n", "line 2: .*four integers"),
        (b"photo,xmin,ymin,width,height\na,1,2,3,4\na,1,2,3,5\n", "line 3: .*'a' is there twice"),
        (b"photo,xmin,ymin,width,height\nAda/00.png,1,2,3,\n", "line 2"),
        (b"\xff\xff", "cannot be read"),
        (b'"' + b"a" * 200_000, "cannot be read"),
    ],
)
def test_malformed_boxes_are_named(root, tmp_path, content, found):
    boxes = tmp_path / "boxes.csv"
    boxes.write_bytes(content)
    with pytest.raises(BadInput, match=rf"boxes\.csv.*{found}"):
        make(root, boxes=str(boxes))


def test_a_missing_file_of_boxes_is_named(root):
    with pytest.raises(BadInput, match=r"no\.csv: cannot be read"):
        make(root, boxes="no.csv")


def test_a_missing_file_of_boxes_is_named_before_anything_runs(root, tmp_path):
    with pytest.raises(BadInput, match=r"album boxes no\.csv: no such file"):
        content(root, tmp_path, boxes="no.csv")


@pytest.mark.parametrize(
    ("make_it", "found"),
    [
        (lambda path: path.symlink_to("nowhere"), "expected a photo, found no file"),
        (lambda path: path.mkdir(), "expected a photo, found no file"),
        (os.mkfifo, "expected a photo, found no file"),
        (lambda path: path.with_name("a\rb.png").touch(), "expected names in UTF-8 without line"),
        (lambda path: path.with_name("\udce9.png").touch(), "expected names in UTF-8 without line"),
    ],
    ids=["link", "folder", "pipe", "line-break", "latin-1"],
)
def test_what_is_no_photo_or_has_no_name_to_write_down_is_named(root, tmp_path, make_it, found):
    make_it(root / "Ada" / "photo.png")
    for ask in (lambda: content(root, tmp_path), lambda: make(root)):
        with pytest.raises(BadInput, match=found):
            ask()


def test_a_missing_or_empty_root_is_named(tmp_path):
    with pytest.raises(BadInput, match="gone: no such folder"):
        make(tmp_path / "gone")
    (tmp_path / "person").mkdir()
    with pytest.raises(BadInput, match="no photos found"):
        make(tmp_path)


def test_an_album_without_root_or_boxes_is_refused(root):
    with pytest.raises(BadInput, match=r"album\.root is missing"):
        album.source({**DEFINITION, "root": None}, root)
    with pytest.raises(BadInput, match="expected a box or a file of boxes"):
        make(root, box=None)


def content(root, tmp_path, **changed) -> str:
    return Folder({**DEFINITION, "root": str(root), **changed}, root).content(tmp_path / "cache")


def test_the_content_changes_with_a_photos_bytes_even_of_the_same_size(root, tmp_path):
    before = content(root, tmp_path)
    photo = root / "Bob" / "04.png"
    spoilt = bytearray(photo.read_bytes())
    spoilt[-20] ^= 1
    photo.write_bytes(spoilt)
    os.utime(photo, ns=(10**18, 10**18))
    assert content(root, tmp_path) != before


def test_the_content_changes_with_a_photos_name_and_number(root, tmp_path):
    before = content(root, tmp_path)
    (root / "Bob" / "04.png").rename(root / "Bob" / "4.png")
    renamed = content(root, tmp_path)
    (root / "Bob" / "4.png").unlink()
    assert len({before, renamed, content(root, tmp_path)}) == 3


def test_the_content_does_not_change_when_a_photo_is_touched(root, tmp_path):
    before = content(root, tmp_path)
    os.utime(root / "Bob" / "04.png", ns=(10**18, 10**18))
    assert content(root, tmp_path) == before
    (tmp_path / "cache" / "photos.json").unlink()
    assert content(root, tmp_path) == before


def test_the_content_includes_the_boxes(root, tmp_path):
    boxes = tmp_path / "boxes.csv"
    boxes.write_text("photo,xmin,ymin,width,height\n", encoding="utf-8")
    before = content(root, tmp_path, boxes=str(boxes))
    boxes.write_text("photo,xmin,ymin,width,height\nAda/00.png,1,2,3,4\n", encoding="utf-8")
    assert content(root, tmp_path, boxes=str(boxes)) != before


def test_a_spoilt_memory_of_what_was_read_is_forgotten(root, tmp_path):
    before = content(root, tmp_path)
    (tmp_path / "cache" / "photos.json").write_text("{half")
    assert content(root, tmp_path) == before
