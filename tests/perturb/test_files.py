"""What another program published of heads: each file is of its head, or is named."""

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from aip.album.head_files import file_name, number_of
from aip.album.heads import open_heads, write_heads
from aip.album.index import Instance, write_index
from aip.errors import BadInput
from aip.perturb.artifact import write_perturbations
from aip.perturb.files import files
from aip.perturb.visible import got_colour
from aip.store.hdf5 import ImageReader

SIDE = 40
POSITIONS = np.array([4, 5, 7, 6])


def portrait(seed: int, side: int = SIDE) -> np.ndarray:
    """Draw a smooth picture that is not symmetric and like no other's."""
    rough = np.random.default_rng(seed).integers(0, 256, (5, 5, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(rough).resize((side, side), Image.Resampling.BICUBIC))


@pytest.fixture
def album(tmp_path, provenance):
    """Write photos of eight heads, the last two in one photo, and the heads file."""
    folder = tmp_path / "photos"
    folder.mkdir()
    index = []
    for number in range(1, 8):
        photo = portrait(number, 60)
        if number == 3:
            photo = np.repeat(photo[..., :1], 3, axis=2)
        Image.fromarray(photo).save(folder / f"{number}.png")
        split = int(number > 4)
        index.append(
            Instance("", f"{number}.png", 6, 9, SIDE, SIDE, f"p{number % 2}", "val", split)
        )
    index.append(Instance("", "7.png", 30, 30, SIDE, SIDE, "p0", "val", 1))
    write_index(tmp_path / "index.csv", index)
    write_heads(
        tmp_path / "heads.h5",
        index,
        tmp_path / "index.csv",
        lambda i: folder / i.photo,
        None,
        provenance(),
        lambda _: None,
    )
    return tmp_path / "heads.h5"


@pytest.fixture
def heads(album):
    with open_heads(album) as found:
        yield found


@pytest.fixture
def root(tmp_path) -> Path:
    (tmp_path / "theirs").mkdir()
    return tmp_path / "theirs"


def save(root: Path, number: int, picture: np.ndarray, name: str = "{:06d}.png") -> Path:
    path = root / name.format(number)
    Image.fromarray(picture).save(path)
    return path


def changed(picture: np.ndarray, by: float = 20, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, by, picture.shape)
    return np.clip(np.rint(picture + noise), 0, 255).astype(np.uint8)


@pytest.fixture
def theirs(heads, root):
    """Publish a change of heads 5 to 8; return what was published."""
    found = {int(i): changed(heads.images[int(i)], seed=int(i)) for i in POSITIONS}
    for position, picture in found.items():
        save(root, position + 1, picture)
    return found


def asked(root: Path, **source) -> dict:
    holds = "photos" if source else "heads"
    return {"method": "files", "holds": holds, "source": {"root": str(root), **source}}


def refused(heads, root: Path, **source) -> str:
    with pytest.raises(BadInput) as error:
        files(heads, POSITIONS, asked(root, **source))
    return str(error.value)


def test_names_begin_with_the_number_of_a_head():
    assert file_name(12) == "000012.png"
    assert number_of(file_name(1234567)) == 1234567
    assert [number_of(f"000012{end}") for end in (".jpg", "_cloaked.png", " (1).png")] == [12] * 3
    assert [number_of(name) for name in ("12.png", "x000012.png", "index.csv")] == [None] * 3


def test_what_was_published_is_what_is_read(heads, root, theirs):
    read = files(heads, POSITIONS, asked(root))
    assert all(np.array_equal(read(i), picture) for i, picture in theirs.items())


def test_a_shard_holds_what_was_published_and_how_visible_it_is(
    tmp_path, heads, root, theirs, provenance
):
    path = tmp_path / "shard.h5"
    told = []
    write_perturbations(path, heads, POSITIONS, [], provenance(asked(root)), told.append)
    assert sum(told) == 4
    with h5py.File(path) as file:
        images = ImageReader(file["images"])
        assert file["id"][()].tolist() == [5, 6, 8, 7]
        for n, i in enumerate(POSITIONS):
            difference = theirs[i].astype(float) - heads.images[int(i)]
            assert np.array_equal(images[n], theirs[i])
            assert file["l2"][n] == pytest.approx(np.linalg.norm(difference))
            scaled = np.linalg.norm(difference) * 224 / np.sqrt(difference[..., 0].size)
            assert file["norm"][n] == pytest.approx(scaled)
        for column in ("first_loss", "last_loss", "unpublished"):
            assert np.isnan(file[column][()]).all()


def test_a_jpeg_with_a_longer_name_is_read(heads, root, theirs):
    (root / "000006.png").unlink()
    Image.fromarray(theirs[5]).save(root / "000006_cloaked.jpg", quality=95)
    read = files(heads, POSITIONS, asked(root))
    assert np.abs(read(5).astype(int) - theirs[5]).mean() < 15


@pytest.mark.usefixtures("theirs")
def test_two_files_of_one_head_are_refused(heads, root):
    save(root, 6, portrait(6), "{:06d}_cloaked.png")
    assert "found 000006.png and 000006_cloaked.png" in refused(heads, root)


@pytest.mark.usefixtures("theirs")
def test_a_head_without_a_file_is_named(heads, root):
    (root / "000006.png").unlink()
    said = refused(heads, root)
    assert f"a file for each of 4 heads in {root}, found none for head 6 (000006.png)" in said


def test_another_size_is_named(heads, root, theirs):
    path = save(root, 6, theirs[5][:, 1:])
    said = refused(heads, root)
    assert f"head 6: {path}: found 39 × 40 pixels, expected the head's 40 × 40" in said


@pytest.mark.usefixtures("theirs")
def test_a_file_that_is_no_picture_is_named(heads, root):
    (root / "000006.png").write_text("hello")
    assert f"head 6: {root / '000006.png'}: not an image" in refused(heads, root)


def test_heads_that_were_exchanged_are_named(heads, root, theirs):
    save(root, 6, theirs[4])
    save(root, 5, theirs[5])
    said = refused(heads, root)
    assert "head 5: the picture is of head 6; head 6: the picture is of head 5" in said


@pytest.mark.parametrize(
    ("turn", "said"),
    [
        (np.s_[:, ::-1], "mirrored"),
        (np.s_[::-1], "upside down"),
        (np.s_[::-1, ::-1], "turned by half"),
        (np.s_[..., ::-1], "with red and blue swapped"),
    ],
)
def test_a_turned_picture_is_named(heads, root, theirs, turn, said):
    save(root, 6, theirs[5][turn])
    assert f"head 6: the picture is {said}" in refused(heads, root)


@pytest.mark.usefixtures("theirs")
@pytest.mark.parametrize("other", [portrait(99), np.zeros((SIDE, SIDE, 3), np.uint8)])
def test_a_picture_of_nobody_here_is_named(heads, root, other):
    save(root, 6, other)
    assert "head 6: another picture (its correlation with the head is " in refused(heads, root)


@pytest.mark.usefixtures("theirs")
def test_the_first_of_many_are_named(heads, root):
    for number in range(5, 9):
        save(root, number, np.zeros((SIDE, SIDE, 3), np.uint8))
    said = refused(heads, root)
    assert [f"head {n}:" in said for n in (5, 6, 8, 7)] == [True, True, True, False]
    assert said.endswith("; and 1 more")


@pytest.mark.usefixtures("theirs")
def test_a_covered_face_is_still_the_same_picture(heads, root):
    covered = heads.images[5].copy()
    covered[4:36, 4:36] = 0
    save(root, 6, covered)
    assert np.array_equal(files(heads, POSITIONS, asked(root))(5), covered)


def test_heads_are_cut_out_of_published_photos(tmp_path, heads, root):
    photos = {n: changed(portrait(n, 60), seed=n) for n in (5, 6, 7)}
    for number, photo in photos.items():
        save(root, number, photo)
    album = {"source": "folder", "root": str(tmp_path / "photos"), "boxes": None}
    album |= {"box": [6, 9, SIDE, SIDE], "val_min_photos": 4, "train_min_photos": 2}
    (tmp_path / "photos/album").mkdir()
    source = {"album": album, "index": str(tmp_path / "index.csv")}
    read = files(heads, POSITIONS, asked(root, **source))
    assert np.array_equal(read(5), photos[6][9 : 9 + SIDE, 6 : 6 + SIDE])
    assert np.array_equal(read(7), photos[7][30:60, 30:60])  # its box is clipped
    path = save(root, 6, photos[6][1:])
    said = refused(heads, root, **source)
    assert f"head 6: {path}: found 60 × 59 pixels, expected the photo's 60 × 60" in said


def test_heads_without_colour_that_got_some_are_counted(tmp_path, album, heads, root, provenance):
    def said(picture: np.ndarray) -> str | None:
        save(root, 3, picture)
        path = tmp_path / "grey.h5"
        write_perturbations(path, heads, np.array([2]), [], provenance(asked(root)), lambda _: 0)
        with h5py.File(path) as file:
            assert json.loads(file.attrs["definition"])["source"] == {"root": str(root)}
        return got_colour(path, album)

    grey = heads.images[2]
    assert said(np.clip(grey + 3, 0, 255).astype(np.uint8)) is None
    assert said(changed(grey)) == "heads without colour were published with some: 3"
