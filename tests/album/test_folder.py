import os
import unicodedata
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aip import album
from aip.album import listing
from aip.album.faces import Face, PhotoFaces, read_faces, write_faces
from aip.album.folder import Folder
from aip.album.index import Instance
from aip.album.missing import read_missing, reasons, write_missing
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


def saved(path) -> None:
    with path.open("wb") as file:
        Image.new("RGB", (4, 4)).save(file, "PNG")


def make(root, **changed) -> list[Instance]:
    source = album.source({**DEFINITION, "root": str(root), **changed}, root)
    index, missing = source.make(1, 1, lambda _: lambda _: None)
    assert not any(entry.is_head for entry in missing)
    return index


def left(root, **changed) -> dict[str, dict[str, int]]:
    source = album.source({**DEFINITION, "root": str(root), **changed}, root)
    return reasons(source.make(1, 1, lambda _: lambda _: None)[1])


def test_photos_of_the_same_content_are_found_whoever_has_them(root, tmp_path):
    source = album.source({**DEFINITION, "root": str(root)}, root)
    (root / "readme.jpg").unlink()
    for _ in range(2):
        source.content(tmp_path)
        # The one photo of Once is left out of the album.
        assert source.repeated[0] == [f"{p}/00.png" for p in sorted(PHOTOS) if p != "Once"]
        assert source.repeated[-1] == ["Ada/10.png", "Zoë/10.png"]
        assert len(source.repeated) == 11


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


def test_all_that_is_not_read_is_counted_by_reason_and_person(root):
    (root / ".ipynb_checkpoints").mkdir()
    (root / "Ada" / "2019").mkdir()
    (root / "Ada" / "._00.png").touch()
    (root / "Bob" / "clip.MOV").write_bytes(b"\0\0\0\x14ftypqt  \0\0\0\0qt  ")
    (root / "Bob" / "noted").write_text("a text")
    os.mkfifo(root / "pipe")
    os.mkfifo(root / "Bob" / "pipe")
    assert left(root) == {
        "hidden, since its name begins with a dot": {".ipynb_checkpoints": 1, "Ada": 1},
        "a file beside the people's folders": {"readme.jpg": 1},
        "a folder within a person's folder": {"Ada": 1},
        "a folder without photos": {"Nobody": 1},
        "neither a file nor a folder": {"Bob": 1, "pipe": 1},
        "no photo by its content (.txt)": {"Ada": 1},
        "no photo by its content (.mov)": {"Bob": 1},
        "no photo by its content (no ending)": {"Bob": 1},
        "its person has fewer than 2 photos": {"Once": 1},
    }
    assert {i.identity for i in make(root)} == {"Ada", "Bob", "Eve", "Mallory", "Zoë"}


def test_what_is_counted_can_be_written_down_whatever_its_name(root, tmp_path):
    (root / "Ada" / "a\rb\udce9.txt").write_text("a text")
    (root / "Ada" / "=1+1\x1b[2J").write_text("a text")
    source = Folder({**DEFINITION, "root": str(root)}, root)
    missing = source.make(1, 1, lambda _: lambda _: None)[1]
    write_missing(tmp_path / "missing.csv", missing)
    assert read_missing(tmp_path / "missing.csv") == missing
    assert all(entry.instance.photo.isprintable() for entry in missing)


@pytest.mark.parametrize(
    "name",
    ["a", "a.jpg", "a.jfif", "a.png.download", "2019"],
)
def test_a_photo_is_one_by_its_content_whatever_its_name(root, name):
    (root / "Eve" / "08.png").rename(root / "Eve" / name)
    assert name in {i.photo for i in make(root) if i.identity == "Eve"}


def test_links_count_as_what_they_lead_to(root, tmp_path):
    (root / "Eve").rename(tmp_path / "elsewhere")
    (root / "Eve").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (root / "Eve" / "link").symlink_to(root / "Ada" / "00.png")
    assert Counter(i.identity for i in make(root))["Eve"] == 10


def test_files_that_end_as_photos_and_are_none_are_named_at_once(root, tmp_path):
    (root / "Ada" / "00.png").write_bytes(b"")
    (root / "Bob" / "x.HEIC").write_text("<html>not found</html>")
    expected = r"Ada/00\.png \(an empty file\), Bob/x\.HEIC \(other content\); mend"
    for ask in (lambda: content(root, tmp_path), lambda: make(root)):
        with pytest.raises(BadInput, match=expected):
            ask()


def test_what_cannot_be_read_is_named(root, monkeypatch):
    denied = PermissionError(13, "Permission denied")
    with monkeypatch.context() as patched:
        patched.setattr(
            listing, "beginnings", lambda files, _: dict.fromkeys(sorted(files), denied)
        )
        with pytest.raises(BadInput, match=r"read at Ada/00\.png \(Permission denied\), Ada/01"):
            make(root)
    original = Path.iterdir

    def iterdir(folder):
        if folder.name == "Bob":
            raise PermissionError(13, "Permission denied", str(folder))
        return original(folder)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    with pytest.raises(BadInput, match=r"people: cannot be read: .*Permission denied: .*Bob"):
        make(root)


def test_a_photo_that_replaced_another_file_of_its_size_is_seen(root, tmp_path):
    photo = root / "Bob" / "04.png"
    instant = photo.stat().st_mtime_ns
    before = content(root, tmp_path)
    (root / "Bob" / "text").write_bytes(b"a" * photo.stat().st_size)
    photo.rename(root / "Bob" / "photo")
    (root / "Bob" / "text").rename(photo)
    os.utime(photo, ns=(instant, instant))
    with pytest.raises(BadInput, match=r"Bob/04\.png \(other content\)"):
        content(root, tmp_path)
    photo.unlink()
    (root / "Bob" / "photo").rename(photo)
    assert content(root, tmp_path) == before


HEADER = "photo,xmin,ymin,width,height"


@pytest.fixture
def boxed(tmp_path):
    """Write lines for the photos of the album, each with a box of its own."""
    photos = [f"{person}/{n:02d}.png" for person, count in PHOTOS.items() for n in range(count)]
    lines = {photo: f"{photo},{n},{n + 1},{n + 2},{n + 3}" for n, photo in enumerate(photos)}
    boxes = tmp_path / "boxes.csv"

    def write(change=lambda lines: lines, header=HEADER):
        text = "\n".join([header, *change(dict(lines)).values()])
        boxes.write_text(f"{text}\n", encoding="utf-8")
        return str(boxes)

    return write


def found_boxes(index) -> dict[str, tuple[int, ...]]:
    return {f"{i.identity}/{i.photo}": (i.xmin, i.ymin, i.width, i.height) for i in index}


def test_a_file_of_boxes_replaces_the_fixed_box(root, boxed):
    found = found_boxes(make(root, boxes=boxed()))
    assert found["Ada/03.png"] == (3, 4, 5, 6)
    assert found["Zoë/00.png"] == (33, 34, 35, 36)
    assert (60, 40, 130, 152) not in found.values()


@pytest.mark.parametrize(
    "rename",
    [
        lambda name: name.replace("/", "\\"),
        lambda name: f"./{name}",
        lambda name: name.replace("/", "//"),
        lambda name: name.replace(".png", ".PNG"),
        lambda name: unicodedata.normalize("NFD", name),
        lambda name: f"people/{name}",
        lambda name: f"people\\{name}",
        lambda name: f"{{root}}/{name}",
        lambda name: f'"{name}"',
    ],
)
def test_names_are_compared_after_normalisation(root, boxed, rename):
    def renamed(lines):
        return {
            photo: line.replace(photo, rename(photo).replace("{root}", str(root)))
            for photo, line in lines.items()
        }

    assert found_boxes(make(root, boxes=boxed(renamed))) == found_boxes(make(root, boxes=boxed()))
    assert left(root, boxes=boxed(renamed)) == left(root, boxes=boxed())


def test_names_that_are_decomposed_on_disk_match_composed_lines(root, boxed):
    expected = found_boxes(make(root, boxes=boxed()))
    (root / "Zoë").rename(root / unicodedata.normalize("NFD", "Zoë"))
    found = found_boxes(make(root, boxes=boxed()))
    assert {unicodedata.normalize("NFC", name): box for name, box in found.items()} == expected


def test_photos_that_differ_in_the_case_of_the_ending_have_each_its_line(root, boxed):
    (root / "Ada" / "10.png").rename(root / "Ada" / "09.PNG")
    lines = boxed(
        lambda lines: {k: v.replace("Ada/10.png", "Ada/09.PNG") for k, v in lines.items()}
    )
    found = found_boxes(make(root, boxes=lines))
    assert (found["Ada/09.png"], found["Ada/09.PNG"]) == ((9, 10, 11, 12), (10, 11, 12, 13))
    lines = boxed(lambda lines: lines | {"Ada/10.png": "Ada/09.Png,1,2,3,4"})
    with pytest.raises(BadInput, match=r"'Ada/09\.Png' may be any of Ada/09\.PNG, Ada/09\.png"):
        make(root, boxes=lines)


def test_two_lines_for_one_photo_after_normalisation_are_refused(root, boxed):
    lines = boxed(lambda lines: lines | {"again": "./Ada\\00.PNG,1,2,3,4"})
    with pytest.raises(
        BadInput, match=r"line 47: the photo .* is there twice, in line 2 as 'Ada/00"
    ):
        make(root, boxes=lines)


def test_lines_that_name_no_photo_are_counted_and_named(root, boxed):
    lines = boxed(lambda lines: lines | {"x": "Ada/x.png,1,2,3,4", "y": "Ada/00.jpg,1,2,3,4"})
    assert left(root, boxes=lines)[f"a line of {lines} that names no photo"] == {
        "Ada/x.png": 1,
        "Ada/00.jpg": 1,
    }


def test_a_line_for_a_photo_of_somebody_who_is_left_out_names_a_photo(root, boxed):
    assert not [reason for reason in left(root, boxes=boxed()) if "names no photo" in reason]


def test_photos_without_a_line_are_counted_and_named_whether_there_is_a_fixed_box_or_not(
    root, boxed
):
    lines = boxed(lambda lines: {k: v for k, v in lines.items() if not k.startswith("Bob")})
    expected = r"no line for the photo Bob/00\.png, .*Bob/09\.png$"
    for box in (None, DEFINITION["box"]):
        with pytest.raises(BadInput, match=expected):
            make(root, boxes=lines, box=box)


def test_a_file_of_boxes_that_names_no_photo_at_all_is_refused(root, boxed):
    lines = boxed(lambda lines: {k: v.replace("/", "-") for k, v in lines.items()})
    expected = r"such as 'Ada/00\.png', found only 'Ada-00\.png' in line 2, .*45 in all"
    with pytest.raises(BadInput, match=expected):
        make(root, boxes=lines)
    with pytest.raises(BadInput, match="found only no line below the header"):
        make(root, boxes=boxed(lambda _: {}))


@pytest.mark.parametrize(
    "header", ["Photo,XMIN,ymin,Width,height", "\ufeffphoto,xmin,ymin,width,height"]
)
def test_the_header_may_be_in_any_case(root, boxed, header):
    assert found_boxes(make(root, boxes=boxed(header=header)))["Ada/00.png"] == (0, 1, 2, 3)


def test_the_columns_may_be_in_any_order(root, boxed):
    header = "xmin;photo;height;width;ymin"

    def turned(lines):
        cells = {k: line.split(",") for k, line in lines.items()}
        return {k: f"{x}.0;{p};{h};{w},00;{y}" for k, (p, x, y, w, h) in cells.items()}

    assert found_boxes(make(root, boxes=boxed(turned, header)))["Ada/01.png"] == (1, 2, 3, 4)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "expected the columns photo,xmin,ymin,width,height, found an empty file"),
        (b"file,x,y,w,h\n", "line 1: expected the columns photo,.*, found 'file,x,y,w,h'"),
        (b"photo;x;y;w;h\xe4\n", r"'photo;x;y;w;hä' \(read as cp1252, with a semicolon between"),
        (
            b"photo;xmin;ymin;width;height\nAda/00.png;1;2;x;4\n",
            r"found 'Ada/00.png;1;2;x;4' \(read as utf-8, with a semicolon between",
        ),
        (b"photo,xmin,ymin,width\n", "line 1: expected the columns"),
        (b"photo,xmin,ymin,width,height,height\n", "line 1: expected the columns"),
        (b"photo,xmin,ymin,width,height\nAda/00.png,1,2,3,4\nAda/01.png,1,2,3\n", "line 3"),
        (b"photo,xmin,ymin,width,height\nAda/00.png,1,2,3.5,4\n", "line 2: .*four integers"),
        (b"photo,xmin,ymin,width,height\nAda/00.png,1,2,1_0,4\n", "line 2: .*four integers"),
        (b"photo,xmin,ymin,width,height\nAda/00.png,1,2,3,4,5\n", "line 2: .*four integers"),
        (b"photo,xmin,ymin,width,height\nAda/00.png,1,2,0,4\n", "line 2: .*a box with an area"),
        (b"photo,xmin,ymin,width,height\nAda/00.png,1,2,3,-4\n", "line 2: .*a box with an area"),
        (
            b"photo,xmin,ymin,width,height\nAda/00.png,1,2,3,4\nAda/00.png,1,2,3,5\n",
            "line 3: .*'Ada/00.png' is there twice, in line 2",
        ),
        (b"photo,xmin,ymin,width,height\nAda/00.png,1,2,3,\n", "line 2"),
        (b"photo,xmin,ymin,width,height\n,1,2,3,4\n", "line 2"),
        (b'photo,xmin,ymin,width,height\n"a\nb",1,2,3,4\n', "line 3: expected a photo"),
        (b"\xff\xff", "line 1: expected the columns"),
        (b"\xff\xff\0", "is no text"),
        (b'"' + b"a" * 200_000, "cannot be read"),
    ],
)
def test_malformed_boxes_are_named(root, tmp_path, content, found):
    boxes = tmp_path / "boxes.csv"
    boxes.write_bytes(content)
    with pytest.raises(BadInput, match=rf"boxes\.csv.*{found}"):
        make(root, boxes=str(boxes))


def test_a_missing_file_of_boxes_is_named(root):
    with pytest.raises(BadInput, match=r"no\.csv: the file of boxes cannot be read"):
        make(root, boxes="no.csv")


def test_a_missing_file_of_boxes_is_named_before_anything_runs(root, tmp_path):
    with pytest.raises(BadInput, match=r"album boxes no\.csv: no such file"):
        content(root, tmp_path, boxes="no.csv")


@pytest.mark.parametrize(
    ("make_it", "found"),
    [
        (lambda path: path.symlink_to("nowhere"), "expected a photo, found something else"),
        (lambda path: path.mkdir(), "expected a photo, found something else"),
        (os.mkfifo, "expected a photo, found something else"),
        (lambda path: saved(path.with_name("a\rb.png")), "expected names in UTF-8 without line"),
        (lambda path: saved(path.with_name("\udce9")), "expected names in UTF-8 without line"),
    ],
    ids=["link", "folder", "pipe", "line-break", "latin-1"],
)
def test_what_is_no_photo_or_has_no_name_to_write_down_is_named(root, tmp_path, make_it, found):
    make_it(root / "Ada" / "photo.png")
    for ask in (lambda: content(root, tmp_path), lambda: make(root)):
        with pytest.raises(BadInput, match=found):
            ask()


def test_two_folders_whose_names_look_the_same_are_no_two_people(root):
    decomposed = root / unicodedata.normalize("NFD", "Zoë")
    decomposed.mkdir()
    saved(decomposed / "00.png")
    with pytest.raises(BadInput, match=r"found 'Zo\\xeb' and 'Zoe\\u0308'; put their photos in"):
        make(root)


def test_a_missing_or_empty_root_is_named(tmp_path):
    with pytest.raises(BadInput, match="gone: no such folder"):
        make(tmp_path / "gone")
    (tmp_path / "person").mkdir()
    with pytest.raises(BadInput, match="no photos found"):
        make(tmp_path)


def test_an_album_without_root_is_refused(root):
    with pytest.raises(BadInput, match=r"album\.root is missing"):
        album.source({**DEFINITION, "root": None}, root)


@pytest.mark.parametrize("box", [[60, 40, 0, 152], [60, 40, 130, -1]])
def test_a_box_without_area_is_refused_before_the_folder_is_looked_at(tmp_path, box):
    with pytest.raises(BadInput, match=r"config: album\.box: found \[60, 40, .*at least 1"):
        album.source({**DEFINITION, "root": str(tmp_path / "nowhere"), "box": box}, tmp_path)


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


FOUND = {key: value for key, value in DEFINITION.items() if "box" not in key} | {"heads": "detect"}


def detected(root, folder, missing=()) -> Folder:
    """Return the album whose faces are in faces.csv, but for some photos, ``person/file``."""
    source = Folder({**FOUND, "root": str(root)}, folder)
    face = Face((100, 200, 50, 100), 0.9, ((0.0, 0.0),) * 5)
    faces = [
        PhotoFaces(person, name, (), None, "no face")
        if f"{person}/{name}" in missing
        else PhotoFaces(person, name, (face,), 0, "the only face")
        for person, names in source.people().items()
        for name in names
    ]
    write_faces(folder / "faces.csv", faces)
    return source


def test_heads_that_are_found_have_the_box_of_the_persons_face(root, tmp_path):
    index, _ = detected(root, tmp_path).make(1, 1, lambda _: lambda _: None)
    assert {(i.xmin, i.ymin, i.width, i.height) for i in index} == {(90, 181, 69, 120)}
    given = make(root)
    assert [replace(i, xmin=60, ymin=40, width=130, height=152) for i in index] == given


def test_photos_without_a_face_are_missing_and_a_person_who_lacks_a_split_leaves(root, tmp_path):
    gone = {"Eve/03.png", "Ada/04.png", *(f"Zoë/{n:02d}.png" for n in range(0, 12, 2))}
    source = detected(root, tmp_path, gone)
    index, missing = source.make(1, 1, lambda _: lambda _: None)
    lost = {(i.instance.identity, i.instance.photo): i.reason for i in missing if i.is_head}
    assert {
        f"{person}/{photo}" for (person, photo), why in lost.items() if why == "no face"
    } == gone
    others = {who for who, why in lost.items() if why != "no face"}
    assert others == {("Zoë", f"{n:02d}.png") for n in range(1, 12, 2)}
    assert Counter(i.identity for i in index) == {"Ada": 10, "Bob": 10, "Eve": 8, "Mallory": 2}
    # The splits are those of the listing.
    assert {i.split for i in index if i.photo == "05.png" and i.identity == "Ada"} == {1}
    for split in (0, 1, None):
        assert sum(i.split == split for i in index) <= source.count(split)


def test_before_heads_are_found_every_photo_has_one(root, tmp_path):
    source = Folder({**FOUND, "root": str(root)}, tmp_path)
    index, missing = source.preview(1)[:2]
    assert len(index) == len(make(root))
    assert not any(entry.is_head for entry in missing)


def test_a_table_of_faces_that_lacks_a_photo_is_refused(root, tmp_path):
    source = detected(root, tmp_path)
    path = tmp_path / "faces.csv"
    write_faces(path, [photo for photo in read_faces(path) if photo.photo != "09.png"])
    with pytest.raises(BadInput, match=r"found none for Ada/09\.png, Bob/09\.png, Zoë/09\.png"):
        source.make(1, 1, lambda _: lambda _: None)
