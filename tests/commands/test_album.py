import csv
import json
import re
import shutil
from pathlib import Path

import pytest
import yaml
from PIL import Image

from aip.album.faces import Face, PhotoFaces, write_faces
from aip.album.index import Instance, write_index
from aip.album.missing import Missing, left_out, write_missing
from aip.commands.cli import main
from aip.store import checkout
from aip.study import overlay

PARTS = ("config.yaml", "workflow/schemas/config.schema.yaml", "resources/downloads.yaml")


@pytest.fixture
def overlaid(tmp_path, monkeypatch):
    """Write an overlay that changes the album, and go where there are no results."""
    monkeypatch.chdir(tmp_path)

    def write(album: dict) -> str:
        Path("tiny.yaml").write_text(yaml.safe_dump({"study": "tiny", "album": album}))
        return "tiny.yaml"

    return write


def printed(capsys, *arguments: str) -> str:
    assert main(["album", *arguments]) == 0
    found = capsys.readouterr()
    assert found.err == ""
    return found.out


def row(text: str, *first: str) -> list[str]:
    """Return the cells of the line that begins so."""
    (line,) = [line.split() for line in text.splitlines() if line.split()[: len(first)] == [*first]]
    return line[len(first) :]


def test_rendered_people_are_counted_before_they_are_rendered(overlaid, capsys):
    config = overlaid({"train_identities": 5, "val_identities": 3, "heads_per_identity": 7})
    text = printed(capsys, config)
    assert text.startswith("Study tiny, album synthetic: heads_per_identity 7,")
    assert "The album is not made yet; this is what is known" in text
    command = "snakemake --cores 1 results/tiny/album/index.csv --configfile tiny.yaml"
    assert command in text
    assert row(text, "train")[1:] == ["35", "5"]
    assert row(text, "val", "0")[1:] == ["12", "3"]
    assert row(text, "val", "1")[1:] == ["9", "3"]
    found = json.loads(printed(capsys, config, "--json"))
    assert found["made"] is False
    assert found["clipped"]["past_edge"] is None
    photos = sum(count["photos"] for count in found["counts"] if count["split"] is None)
    assert photos == found["photos_not_here_yet"] > 0
    assert f"Photos that are not here yet: {photos}\n" in text
    assert not Path("results").exists()


@pytest.fixture
def people(overlaid) -> str:
    for person, photos in (("ann", 4), ("ben", 5), ("cat", 2), ("dan", 3), ("eve", 1)):
        Path("people", person).mkdir(parents=True)
        for number in range(photos):
            colour = (40 * number, 2 * ord(person[0]), 0)
            Image.new("RGB", (64, 48), colour).save(f"people/{person}/{number}.jpg")
    album = {"source": "folder", "root": "people", "box": [-2, 8, 48, 48], "val_min_photos": 4}
    return overlaid(album)


def test_a_folder_of_people_is_counted_before_it_is_indexed(people, capsys):
    text = printed(capsys, people)
    assert "not made yet" in text
    assert row(text, "train") == ["5", "5", "2"]
    assert row(text, "val", "0") == ["5", "5", "2"]
    assert row(text, "val", "1") == ["4", "4", "2"]
    assert "Boxes clipped at the left or upper edge: 14\n" in text
    assert "right or lower" not in text
    assert "not here yet" not in text


def test_an_album_may_be_named_on_the_command_line(people, capsys, monkeypatch, tmp_path):
    """As the README names it for Snakemake."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "mine").symlink_to("people")
    text = printed(capsys, people, "--config", 'album={"root": "~/mine", "val_min_photos": 5}')
    assert f"root {tmp_path}/mine," in text
    assert row(text, "val", "0") == ["3", "3", "1"]
    line = next(line for line in text.splitlines() if line.startswith("  snakemake"))
    assert line.endswith("""tiny.yaml --config 'album={"root": "~/mine", "val_min_photos": 5}'""")
    assert not Path(".snakemake").exists()


def test_an_entry_of_config_without_a_value_is_one_sentence(people, capsys):
    assert main(["album", people, "--config", "album"]) == 1
    assert capsys.readouterr().err.startswith("error: --config album: ")


def test_what_is_left_out_is_counted_before_the_album_is_made_and_after(people, capsys):
    for name in ("ann/notes.txt", "ann/list.txt", "ben/list.txt", "loose.jpg", "._x"):
        Path("people", name).write_text("a text")
    expected = (
        "Left out of the album: 6\n"
        "  3: no photo by its content (.txt) (ann 2, ben)\n"
        "  1: hidden, since its name begins with a dot (._x)\n"
        "  1: a file beside the people's folders (loose.jpg)\n"
        "  1: its person has fewer than 2 photos (eve)\n"
    )
    assert printed(capsys, people).endswith(expected)
    found = json.loads(printed(capsys, people, "--json"))
    assert len(found["left_out"]) == 6
    assert {"person": "eve", "name": "0.jpg", "reason": "its person has fewer than 2 photos"} in (
        found["left_out"]
    )
    assert found["missing"] == []
    made([left_out("ann", "notes.txt", "no photo by its content (.txt)")])
    text = printed(capsys, people)
    assert "Heads that left the study: 0\n\nLeft out of the album: 1\n  1: no photo" in text


def test_a_photo_that_is_there_twice_is_named(people, capsys):
    said = "album: the same photo is there more than once, and each counts: "
    assert said not in printed(capsys, people)
    for copy in ("ann/copy.jpg", "dan/9.jpeg"):
        shutil.copyfile("people/ben/1.jpg", f"people/{copy}")
    assert f"{said}ann/copy.jpg = ben/1.jpg = dan/9.jpeg\n" in printed(capsys, people) + "\n"
    assert json.loads(printed(capsys, people, "--json"))["repeated"] == [
        ["ann/copy.jpg", "ben/1.jpg", "dan/9.jpeg"]
    ]


def test_a_box_that_the_file_of_boxes_replaces_is_not_told(people, capsys):
    lines = [f"{p.parent.name}\\{p.name},0,8,48,48" for p in Path("people").glob("*/*")]
    lines += ["zoe/1.jpg,1,2,3,4"]
    Path("boxes.csv").write_text("\n".join(["photo,xmin,ymin,width,height", *lines]))
    config = yaml.safe_load(Path(people).read_text())
    config["album"]["boxes"] = "boxes.csv"
    Path(people).write_text(yaml.safe_dump(config))
    text = printed(capsys, people)
    assert text.startswith("Study tiny, album folder: boxes boxes.csv, root people")
    assert "Boxes clipped at the left or upper edge: 0\n" in text
    assert "  1: a line of boxes.csv that names no photo (zoe/1.jpg)\n" in text


def made(missing: list[Missing]) -> None:
    boxes = {"0.jpg": (-1, 0, 20, 20), "1.jpg": (50, 0, 20, 20), "2.jpg": (0, 20, 20, 28)}
    index = [
        Instance(who, photo, *box, who, "val", int(photo == "1.jpg"))
        for who in ("ann", "ben")
        for photo, box in boxes.items()
    ]
    index += [Instance(who, "0.jpg", 0, 0, 9, 9, who, "train", None) for who in ("cat", "dan")]
    write_index(Path("results/tiny/album/index.csv"), index)
    write_missing(Path("results/tiny/album/missing.csv"), missing)


GONE = [
    Missing(Instance("ben", "3.jpg", 1, 2, 3, 4, "ben", "val", 1), "deleted"),
    Missing(Instance("ben", "4.jpg", 1, 2, 3, 4, "ben", "val", 0), "private, says its owner"),
    Missing(Instance("dan", "2.jpg", 1, 2, 3, 4, "dan", "train", None), "deleted"),
]


def test_an_album_that_was_made_is_told_from_its_files(people, capsys):
    made(GONE)
    text = printed(capsys, people)
    assert "This is the album as it was made: results/tiny/album/index.csv" in text
    assert "not made yet" not in text
    assert row(text, "train") == ["2", "2", "2"]
    assert row(text, "val", "0") == ["4", "4", "2"]
    assert "Boxes clipped at the left or upper edge: 2\n" in text
    assert "Boxes clipped at the right or lower edge: 2\n" in text
    assert "Heads that left the study: 3\n  2: deleted\n  1: private, says its owner\n" in text
    found = json.loads(printed(capsys, people, "--json"))
    assert (found["made"], found["photos_not_here_yet"]) == (True, 0)
    assert found["clipped"] == {"negative_corner": 2, "past_edge": 2}
    assert found["reasons"] == {"deleted": 2, "private, says its owner": 1}
    with Path("results/tiny/album/missing.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    shown = [{k: "" if v is None else str(v) for k, v in m.items()} for m in found["missing"]]
    assert shown == lines


def test_photos_that_went_missing_since_leave_the_rest_told(people, capsys):
    made([])
    Path("people/ben/1.jpg").unlink()
    text = printed(capsys, people)
    why = "people/ben/1.jpg: the photo is missing"
    assert f"Boxes clipped at the right or lower edge: not known ({why})" in text
    assert json.loads(printed(capsys, people, "--json"))["clipped"]["past_edge"] is None


def test_what_is_not_known_before_it_is_downloaded_is_said(overlaid, capsys):
    text = printed(capsys, overlaid({"source": "lfw", "box": [1, 2, 3, 4]}))
    assert "not made yet, and nothing is known of it before. This makes it:\n  snakemake" in text
    found = json.loads(printed(capsys, "tiny.yaml", "--json"))
    assert found["made"] is False
    assert "counts" not in found


@pytest.fixture
def pipa(tmp_path, monkeypatch, write_annotation) -> dict:
    """A checkout whose list of downloads has the checksums of a cut of PIPA's annotation."""
    for part in PARTS:
        (tmp_path / "checkout" / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(checkout.ROOT / part, tmp_path / "checkout" / part)
    downloads = tmp_path / "checkout" / "resources/downloads.yaml"
    places = yaml.safe_load(downloads.read_text())
    places["pipa"]["sha256"] = write_annotation(tmp_path / "annotation")
    downloads.write_text(yaml.safe_dump(places))
    for module in (checkout, overlay):
        monkeypatch.setattr(module, "ROOT", tmp_path / "checkout")
    monkeypatch.setenv("ANNOTATION", str(tmp_path / "annotation"))
    return {"source": "pipa", "annotation": "$ANNOTATION"}


def test_pipa_is_told_with_all_its_splits_and_what_is_yet_to_be_fetched(pipa, overlaid, capsys):
    config = overlaid(pipa)
    text = printed(capsys, config)
    assert row(text, "train")[1:] == ["12", "4"]
    assert row(text, "val", "original") == ["8", "8", "4"]
    assert row(text, "val", "day") == ["4", "4", "2"]
    assert row(text, "test", "time") == ["6", "6", "3"]
    assert "All of PIPA's annotation: 44 heads, 3 boxes clipped" in text
    outside = "its head box lies wholly outside its photo"
    assert f"Heads that left the study: 1\n  1: {outside}" in text
    found = json.loads(printed(capsys, config, "--json"))
    assert found["annotation"]["heads"] == 44
    assert found["annotation"]["negative_corner"] == 3
    assert len(found["annotation"]["splits"]) == 8
    photos = sum(count["photos"] for count in found["counts"] if count["split"] is None)
    assert found["photos_not_here_yet"] == photos
    folder = Path("results/downloads/flickr")
    folder.mkdir(parents=True)
    Image.new("RGB", (8, 8)).save(folder / "5010.jpg")
    after = json.loads(printed(capsys, config, "--json"))
    assert after["photos_not_here_yet"] == photos - 1
    assert after["counts"] == found["counts"]


def test_crops_that_are_not_there_are_told_before_the_album_is_made(pipa, overlaid, capsys):
    Path("crops").mkdir()
    for n in range(1, 45):
        if n not in (2, 20):
            Image.new("RGB", (9, 8)).save(f"crops/{n}.jpg")
    config = overlaid({**pipa, "subset": "val", "photos": "crops", "root": "crops"})
    found = json.loads(printed(capsys, config, "--json"))
    assert found["reasons"]["its crop is not in crops"] == 2
    assert {m["photo"] for m in found["missing"]} == {"2", "20"}
    assert found["photos_not_here_yet"] == 0


def test_faces_are_counted_by_reason_and_drawn_once_they_are_found(people, capsys):
    config = yaml.safe_load(Path(people).read_text())
    config["album"]["box"] = None
    Path(people).write_text(yaml.safe_dump(config))
    assert "Faces are not looked for yet; until then, every photo counts" in printed(capsys, people)
    face = Face((10, 10, 20, 30), 0.9, ((15.0, 20.0),) * 5)
    photos = [
        PhotoFaces(person, f"{number}.jpg", (face,) if number else (), 0 if number else None, why)
        for person, count in (("ann", 4), ("ben", 5), ("cat", 2), ("dan", 3))
        for number in range(count)
        for why in ["the only face" if number else "nobody there"]
    ]
    write_faces(Path("results/tiny/album/faces.csv"), photos)
    text = printed(capsys, people)
    assert "Heads that left the study: 4\n  4: nobody there\n" in text
    page = "results/tiny/album/faces-1.jpg"
    assert text.endswith(
        "Faces found: 10, in 10 of 14 photos, of which 0 had to be turned\n"
        "  10: taken, the only face\n"
        "  4: no face taken, since nobody there\n"
        f"Contact sheets of 14 of 14 photos:\n  {page}\n"
    )
    assert Image.open(page).width > 1600
    found = json.loads(printed(capsys, people, "--json"))["faces"]
    assert found["why"] == {"the only face": 10, "nobody there": 4}
    assert (found["found"], found["photos"], found["sheets"]) == (10, 14, [page])
    Path("people/ann/1.jpg").write_bytes(b"\xff\xd8\xff")
    assert "No contact sheets of the faces: people/ann/1.jpg: " in printed(capsys, people)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "tiny.yaml: the config cannot be read: "),
        ("a: [1", "tiny.yaml, line 1: not YAML: "),
        ("- a\n", "tiny.yaml: found ['a'], expected a mapping of a study's keys"),
        ("albun: {}\n", "config: top level: unknown key 'albun'; did you mean 'album'?"),
        ("album: {source: pipa, subset: train}\n", "config: album.subset: found 'train', expected"),
        ("album: {source: pipa, photos: crops}\n", "config: album.root is missing; photos: crops"),
        ("album: {source: pipa, annotation: $NO_SUCH}\n", "album.annotation: found '$NO_SUCH'"),
        ("album: {source: pipa, annotation: nowhere}\n", "nowhere/all_data.txt: found no such"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_1(tmp_path, monkeypatch, capsys, text, sentence):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_SUCH", raising=False)
    if text is not None:
        Path("tiny.yaml").write_text(text)
    assert main(["album", "tiny.yaml"]) == 1
    found = capsys.readouterr()
    assert found.out == ""
    assert re.fullmatch(r"error: [^\n]+\n", found.err)
    assert sentence in found.err
