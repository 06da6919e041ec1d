import os
from collections import Counter
from pathlib import Path

import pytest
import yaml
from PIL import Image

from aip import album
from aip.album.annotation import Annotation
from aip.album.index import check_protocol
from aip.album.pipa import WITHOUT_AREA, Pipa
from aip.errors import BadInput
from aip.store import checkout

REAL = os.environ.get("AIP_PIPA")


@pytest.fixture
def annotation(tmp_path, monkeypatch, write_annotation) -> Path:
    """A cut of an annotation, which the checkout's list of downloads has the checksums of."""
    folder = tmp_path / "annotation"
    pipa = {"url": "http://127.0.0.1:9/", "sha256": write_annotation(folder)}
    (tmp_path / "resources").mkdir()
    flickr = {"api": "http://127.0.0.1:9/", "photo_hosts": [], "seconds_between_calls": 1}
    places = yaml.safe_dump({"pipa": pipa, "flickr": flickr})
    (tmp_path / "resources" / "downloads.yaml").write_text(places)
    monkeypatch.setattr(checkout, "ROOT", tmp_path)
    return folder


@pytest.fixture
def source(tmp_path, annotation):
    def make(**changed) -> Pipa:
        definition = {
            "source": "pipa",
            "subset": "val",
            "split": "original",
            "photos": "archive",
            "root": str(tmp_path / "photos"),
            "annotation": str(annotation),
        }
        return album.source({**definition, **changed}, tmp_path / "results" / "study" / "album")

    return make


def instances(annotation: Path):
    return Annotation(annotation / "all_data.txt").instances


@pytest.fixture
def archive(tmp_path, annotation) -> Path:
    """All photos as the archive has them: a folder per subset, one photo beside the folders."""
    root = tmp_path / "photos"
    for n, i in enumerate(instances(annotation)):
        folder = root if n == 0 else root / i.subset
        folder.mkdir(parents=True, exist_ok=True)
        if not (root / f"{i.photoset}_{i.photo}.jpg").exists():
            photo = Image.new("RGB", (60, 50), (n, 90, 120))
            photo.save(folder / f"{i.photoset}_{i.photo}.jpg")
    return root


@pytest.fixture
def crops(tmp_path, annotation) -> Path:
    """All heads cut out, each of another size."""
    root = tmp_path / "photos"
    root.mkdir()
    for n in range(1, len(instances(annotation)) + 1):
        Image.new("RGB", (20 + n, 30 + n), (n, 90, 120)).save(root / f"{n}.jpg")
    return root


def make(source: Pipa):
    told = []

    def progress(total):
        told.append(total)
        return lambda done: told.append(-done)

    found = source.make(1, 1, progress)
    assert told, "progress was not told"
    assert sum(told) == 0, "the bar does not end"
    return found


@pytest.mark.usefixtures("archive")
def test_train_teaches_and_the_chosen_subset_is_recognised(source):
    for subset, heads in (("val", 16), ("test", 12)):
        index, missing = make(source(subset=subset))
        found = Counter(instance.subset for instance in [*index, *(m.instance for m in missing)])
        assert found == {"train": 12, subset: heads}
        check_protocol(Path("index.csv"), index)


@pytest.mark.parametrize(
    ("subset", "split", "heads"),
    [
        ("val", "original", (4_820, 4_820)),
        ("val", "album", (4_859, 4_783)),
        ("val", "time", (4_818, 4_824)),
        ("val", "day", (1_076, 1_076)),
        ("test", "original", (6_443, 6_443)),
        ("test", "album", (6_497, 6_389)),
        ("test", "time", (6_441, 6_445)),
        ("test", "day", (2_484, 2_485)),
    ],
)
def test_heads_are_counted_before_anything_is_here(tmp_path, source, subset, split, heads):
    found = source(
        subset=subset, split=split, photos="flickr", root=None, annotation=str(tmp_path / "no")
    )
    assert (found.count(0), found.count(1), found.count(None)) == (*heads, 29_223)


@pytest.mark.usefixtures("archive")
def test_the_head_that_lies_outside_its_photo_leaves_by_name(source, annotation):
    index, missing = make(source())
    outside = instances(annotation)[14]
    assert [(m.instance.photo, m.instance.xmin, m.reason) for m in missing] == [
        (outside.photo, -40, WITHOUT_AREA)
    ]
    assert (outside.identity, len(index)) == ("10", 27)


def test_archive_photos_are_found_in_the_folder_or_those_in_it(source, archive):
    found = source()
    index, _ = make(found)
    paths = {found.photo_path(instance) for instance in index}
    assert all(path.is_file() for path in paths)
    assert {path.parent for path in paths} == {archive, archive / "train", archive / "val"}
    for instance in index:
        expected = f"{instance.photoset}_{instance.photo}.jpg"
        assert found.photo_path(instance).name == expected


def test_of_two_photos_of_one_name_the_one_beside_the_folders_counts(source, archive):
    (archive / "train" / "71_5010.jpg").write_bytes(b"another")
    instance = next(i for i in make(source())[0] if i.photo == "5010")
    assert source().photo_path(instance) == archive / "71_5010.jpg"


def test_heads_whose_photo_is_not_there_leave_and_with_them_whom_they_leave_in_one_split(
    source, archive
):
    before, _ = make(source())
    ones = [i for i in before if i.identity == "13" and i.split == 1]
    for instance in ones:
        source().photo_path(instance).unlink()
    index, missing = make(source())
    reasons = Counter(m.reason for m in missing if m.instance.identity == "13")
    shared = {i.photo for i in ones}
    gone = sum(i.photo in shared for i in before if i.identity == "13")
    assert reasons[f"its photo is not in {archive}"] == gone
    assert sum(reasons.values()) == 4
    assert {i.identity for i in index if i.subset == "val"} == {"10", "11", "12"}
    assert len(index) + len(missing) == 28


def test_a_crop_is_a_photo_of_its_own_and_its_box_all_of_it(source, crops, annotation):
    found = source(photos="crops")
    index, missing = make(found)
    of = {str(n): i for n, i in enumerate(instances(annotation), start=1)}
    assert len(index) == 28
    for instance in index:
        n, annotated = int(instance.photo), of[instance.photo]
        assert instance.photoset == "head_crop"
        box = (instance.xmin, instance.ymin, instance.width, instance.height)
        assert box == (0, 0, 20 + n, 30 + n)
        assert (instance.identity, instance.subset) == (annotated.identity, annotated.subset)
        assert found.photo_path(instance) == crops / f"{n}.jpg"
    assert not missing  # of a head that lies outside its photo there is a crop nevertheless


def test_crops_are_found_in_head_crop_too_and_one_that_is_not_there_leaves(source, crops):
    inside = crops / "head_crop"
    inside.mkdir()
    for path in list(crops.glob("*.jpg")):
        path.rename(inside / path.name)
    (inside / "3.jpg").unlink()
    index, missing = make(source(photos="crops"))
    assert len(index) == 27
    assert source(photos="crops").photo_path(index[0]).parent == inside
    reasons = {m.instance.photo: m.reason for m in missing}
    assert reasons == {"3": f"its crop is not in {crops}"}


def test_a_crop_that_is_no_image_is_named(source, crops):
    (crops / "4.jpg").write_text("a text")
    with pytest.raises(BadInput, match=r"4\.jpg: not an image"):
        make(source(photos="crops"))


@pytest.mark.parametrize("photos", ["archive", "crops"])
def test_a_root_without_any_of_the_photos_or_none_is_refused(source, tmp_path, photos):
    with pytest.raises(BadInput, match=r"album root .*photos: no such folder; expected <"):
        make(source(photos=photos))
    (tmp_path / "photos").mkdir()
    with pytest.raises(BadInput, match=r"album root .*photos: found none of the photos, such as"):
        make(source(photos=photos))
    with pytest.raises(BadInput, match=rf"album\.root is missing; photos: {photos} needs"):
        source(photos=photos, root=None)


@pytest.fixture
def fetched(tmp_path, annotation) -> Path:
    """The photos of the train and val heads, as they lie once they are fetched."""
    folder = tmp_path / "results" / "downloads" / "flickr"
    folder.mkdir(parents=True)
    for i in instances(annotation):
        if i.subset in ("train", "val"):
            Image.new("RGB", (60, 50)).save(folder / f"{i.photo}.jpg")
    return folder


def test_photos_that_were_all_fetched_need_no_key(source, fetched, monkeypatch):
    monkeypatch.delenv("FLICKR_API_KEY", raising=False)
    found = source(photos="flickr", root=None)
    index, missing = make(found)
    assert (len(index), [m.reason for m in missing]) == (27, [WITHOUT_AREA])
    assert {found.photo_path(instance).parent for instance in index} == {fetched}


def test_a_preview_tells_what_is_yet_to_be_fetched(source, fetched):
    whole = source(photos="flickr", root=None).preview(1)
    assert whole.waiting == 0
    for name in ("5010.jpg", "5100.jpg"):
        (fetched / name).unlink()
    found = source(photos="flickr", root=None).preview(1)
    assert (found.instances, found.missing) == (whole.instances, whole.missing)
    assert found.waiting == 2


def test_a_preview_of_photos_that_are_brought_is_what_is_made(source, archive):
    (archive / "val" / "73_5120.jpg").unlink(missing_ok=True)
    next((archive / "val").iterdir()).unlink()
    preview = source().preview(1)
    assert preview == (*make(source()), 0)
    assert len(preview.missing) > 1


def test_a_downloaded_annotation_is_found_among_the_downloads(source, archive, annotation):
    home = archive.parent / "results" / "downloads"
    home.mkdir(parents=True)
    annotation.rename(home / "pipa")
    assert len(make(source(annotation=None))[0]) == 27


@pytest.mark.usefixtures("archive")
def test_an_annotation_is_held_to_its_checksums(source, annotation):
    path = annotation / "split_test_day.txt"  # not even of this study
    path.write_text(path.read_text() + "\n")
    with pytest.raises(BadInput) as caught:
        make(source())
    assert str(caught.value).startswith(f"{path}: found one with SHA-256 ")
    assert "expected PIPA's annotation, with SHA-256 " in str(caught.value)
    path.unlink()
    with pytest.raises(BadInput, match=r"split_test_day\.txt: found no such file, expected PIPA"):
        make(source())


def unused(annotation: Path, archive: Path) -> Path:
    head = next(i for i in instances(annotation) if i.subset == "test")
    return archive / "test" / f"{head.photoset}_{head.photo}.jpg"


def test_photos_that_the_study_uses_are_its_content(source, archive, annotation, tmp_path):
    before = source().content(tmp_path / "cache")
    assert source().content(tmp_path / "cache") == before
    unused(annotation, archive).write_bytes(b"another")
    (archive / "val" / "1_1.jpg").write_bytes(b"no one's")
    assert source().content(tmp_path / "cache") == before
    photo = next((archive / "train").iterdir())
    photo.write_bytes(photo.read_bytes() + b"\n")
    changed = source().content(tmp_path / "cache")
    assert changed != before
    photo.unlink()
    assert source().content(tmp_path / "cache") not in (before, changed)


def test_a_downloaded_annotation_changes_no_content_by_arriving(
    source, archive, annotation, tmp_path
):
    before = source(annotation=None).content(tmp_path / "cache")
    downloads = tmp_path / "results" / "downloads"
    downloads.mkdir(parents=True)
    annotation.rename(downloads / "pipa")
    assert source(annotation=None).content(tmp_path / "cache") == before
    photo = next((archive / "train").iterdir())
    photo.write_bytes(photo.read_bytes() + b"\n")
    assert source(annotation=None).content(tmp_path / "cache") != before


def test_what_is_fetched_is_known_by_the_checksums_of_the_annotation(source, fetched, tmp_path):
    def content():
        return source(photos="flickr", root=None).content(tmp_path / "cache")

    before = content()
    (fetched / "5010.jpg").unlink()
    assert content() == before
    place = tmp_path / "resources" / "downloads.yaml"
    place.write_text(place.read_text().replace("all_data.txt: ", "all_data.txt: 0"))
    assert content() != before


@pytest.mark.parametrize("subset", ["val", "test"])
def test_the_halves_of_all_eight_splits_are_counted(source, subset):
    found = {(h.subset, h.split): h for h in source().halves()}
    assert len(found) == 8
    people = {"val": 4, "test": 3}[subset]
    original, day = found[subset, "original"], found[subset, "day"]
    assert (original.enrolled, original.attacked, original.identities) == (
        2 * people,
        2 * people,
        people,
    )
    assert (day.enrolled, day.attacked, day.identities) == (4, 4, 2)


@pytest.mark.skipif(REAL is None, reason="AIP_PIPA names no folder with PIPA's annotation")
@pytest.mark.parametrize("subset", ["val", "test"])
@pytest.mark.parametrize("split", ["original", "album", "time", "day"])
def test_every_split_of_the_real_annotation_makes_an_album(tmp_path, subset, split):
    definition = {
        "source": "pipa",
        "subset": subset,
        "split": split,
        "photos": "flickr",
        "root": None,
        "annotation": REAL,
    }
    found = album.source(definition, tmp_path / "results" / "study" / "album")
    preview = found.preview(1)
    check_protocol(Path("index.csv"), preview.instances)
    left = Counter((m.instance.subset, m.instance.split) for m in preview.missing)
    counts = Counter((i.subset, i.split) for i in preview.instances) + left
    assert counts == {
        ("train", None): found.count(None),
        (subset, 0): found.count(0),
        (subset, 1): found.count(1),
    }
    assert {m.reason for m in preview.missing} == {WITHOUT_AREA}
    assert preview.waiting == len({i.photo for i in preview.instances})
