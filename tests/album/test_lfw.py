import hashlib
import io
import tarfile
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from aip import album
from aip.album import lfw
from aip.album.lfw import OF_TEN_OR_MORE, PHOTOS, Lfw
from aip.errors import BadInput
from standins.server import Server

DEFINITION = {
    "source": "lfw",
    "box": [60, 40, 130, 152],
    "boxes": None,
    "val_min_photos": 10,
    "train_min_photos": 2,
}
PEOPLE = {"Ada_Lovelace": 10, "Eve_Moneypenny": 3, "Once_Seen": 1}


def photo(shade: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.full((250, 250, 3), shade, np.uint8)).save(file, "JPEG", quality=20)
    return file.getvalue()


def packed(top: str = "lfw_funneled") -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        members = {f"{top}/pairs_01.txt": b"10\n"}  # it lies beside the people
        for person, count in PEOPLE.items():
            for number in range(1, count + 1):
                members[f"{top}/{person}/{person}_{number:04d}.jpg"] = photo(number * 20)
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return file.getvalue()


@pytest.fixture
def server(monkeypatch):
    with Server() as standin:
        content = standin.files["/files/5976015"] = packed()
        known = {
            "url": f"{standin.url}/files/5976015",
            "sha256": hashlib.sha256(content).hexdigest(),
            "onward": [],
        }
        monkeypatch.setattr(lfw, "remote", lambda name: {"lfw": known}[name])
        yield standin


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "results" / "faces" / "album"


def made(folder):
    source = album.source(DEFINITION, folder)
    assert isinstance(source, Lfw)
    index, missing = source.make(1, 1, lambda _: lambda _: None)
    assert {entry.instance.subset for entry in missing} == {""}  # files, no heads
    assert all(source.photo_path(instance).is_file() for instance in index)
    return index


@pytest.mark.usefixtures("server")
def test_the_index_of_the_downloaded_set_is_that_of_a_folder(folder):
    assert album.source(DEFINITION, folder).preview(1) is None
    index = made(folder)
    root = folder.parent.parent / "downloads" / "lfw" / "lfw_funneled"
    plain = album.source({**DEFINITION, "source": "folder", "root": str(root)}, folder)
    assert index == plain.make(1, 1, lambda _: lambda _: None)[0]
    assert Counter((i.identity, i.subset, i.split) for i in index) == {
        ("Ada_Lovelace", "val", 0): 5,
        ("Ada_Lovelace", "val", 1): 5,
        ("Eve_Moneypenny", "train", None): 3,
    }
    assert album.source(DEFINITION, folder).preview(1).instances == index


def test_a_set_that_is_here_whole_is_not_asked_for_again(folder, server):
    assert made(folder) == made(folder)
    assert server.whole() == {"/files/5976015": 1}


@pytest.mark.parametrize("spoil", ["changed", "gone", "added", "unsaid"])
def test_a_set_that_is_not_as_it_was_unpacked_is_not_taken_for_whole(folder, server, spoil):
    index = made(folder)
    home = folder.parent.parent / "downloads" / "lfw"
    first = home / "lfw_funneled" / "Ada_Lovelace" / "Ada_Lovelace_0001.jpg"
    before = first.read_bytes()
    if spoil == "changed":
        first.write_bytes(before[:-1] + b"?")
    elif spoil == "gone":
        first.unlink()
    elif spoil == "added":
        first.with_name("Ada_Lovelace_0099.jpg").write_bytes(before)
    else:  # a killed run of a program that unpacks in place leaves no checksums
        (home / ".lfw_funneled.sha256").unlink()
        first.unlink()
    assert made(folder) == index
    assert first.read_bytes() == before
    assert server.whole() == {"/files/5976015": 1}  # the archive is still here


def test_what_scikit_learn_left_is_not_taken(folder, server):
    half = folder.parent.parent / "downloads" / "lfw_home" / "lfw_funneled" / "Ada_Lovelace"
    half.mkdir(parents=True)
    (half / "Ada_Lovelace_0001.jpg").write_bytes(photo(1))
    assert len(made(folder)) == 13
    assert server.whole() == {"/files/5976015": 1}


def test_another_archive_is_refused_and_nothing_of_it_is_unpacked(folder, server):
    server.files["/files/5976015"] = packed("others")
    with pytest.raises(BadInput, match="expected the sha256"):
        made(folder)
    assert not (folder.parent.parent / "downloads" / "lfw").exists()


@pytest.mark.parametrize(("minimum", "at_most"), [(10, OF_TEN_OR_MORE), (4, PHOTOS)])
def test_split_1_is_bounded_before_the_set_is_here(tmp_path, minimum, at_most):
    source = Lfw({**DEFINITION, "val_min_photos": minimum}, tmp_path / "results" / "a" / "album")
    assert source.count(1) == at_most // 2
    assert source.content(tmp_path) == ""
    assert list(tmp_path.iterdir()) == []
