"""An album whose heads are found: photos of a folder that is named from outside, given whole."""

import csv
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aip.album.faces import read_faces

FACES, DETECTOR = (os.environ.get(name) for name in ("AIP_FACES", "AIP_CENTERFACE"))

pytestmark = pytest.mark.skipif(
    FACES is None or DETECTOR is None,
    reason="AIP_FACES and AIP_CENTERFACE name no faces and no detector",
)
INDEX = "results/smoke/album/index.csv"


@pytest.fixture(scope="module")
def people(make_workflow):
    """Four people with four photos each; one photo shows nobody, another lies on its side."""
    workflow = make_workflow()
    folders = [path for path in sorted(Path(FACES).iterdir()) if len(list(path.iterdir())) >= 4][:4]
    for folder in folders:
        there = workflow.folder / "people" / folder.name
        there.mkdir(parents=True)
        for path in sorted(folder.iterdir())[:4]:
            shutil.copyfile(path, there / path.name)
    first, second = sorted((workflow.folder / "people" / folders[0].name).iterdir())[:2]
    Image.new("RGB", (250, 250), "#7f7f7f").save(first)
    Image.open(second).transpose(Image.Transpose.ROTATE_180).save(second)
    album = {"source": "folder", "root": "people", "val_min_photos": 4}

    def find(config):
        config["album"], config["detector"] = album, DETECTOR
        config["recognisers"]["small"]["training"]["epochs"] = 0  # nobody is left to teach it

    workflow.edit(find)
    workflow.run(INDEX)
    return workflow, folders, first


def test_heads_are_where_they_are_known_to_be(people):
    workflow, folders, gone = people
    lines = list(csv.DictReader((workflow.folder / INDEX).open()))
    upright = [line for line in lines if line["identity"] != folders[0].name]
    assert len(upright) == 12
    boxes = np.array(
        [[int(line[key]) for key in ("xmin", "ymin", "width", "height")] for line in upright]
    )
    assert np.abs(np.median(boxes, 0) - [60, 40, 130, 152]).max() < 12
    assert gone.name not in {line["photo"] for line in lines}


def test_a_photo_of_nobody_is_listed_and_why(people):
    workflow, _, gone = people
    table = workflow.folder / "results/smoke/album/faces.csv"
    (photo,) = [photo for photo in read_faces(table) if photo.photo == gone.name]
    assert (photo.faces, photo.chosen) == ((), None)
    with (workflow.folder / "results/smoke/album/missing.csv").open() as file:
        lost = {line["photo"]: line["reason"] for line in csv.DictReader(file)}
    assert lost == {gone.name: "no face was found in its photo"}


def test_another_detector_or_photo_has_faces_found_again_and_another_seed_has_not(people, tmp_path):
    workflow, _, gone = people
    copy = workflow.copy(tmp_path / "copy")
    copy.edit(lambda config: config.update(seed=2))
    assert "album/faces.csv" not in copy.plan(INDEX)
    (copy.folder / "people" / gone.parent.name / gone.name).unlink()
    assert {"album/faces.csv", "album/index.csv"} <= copy.plan(INDEX)


def test_a_folder_without_a_face_and_a_net_that_finds_none_are_one_sentence(people, tmp_path):
    copy = people[0].copy(tmp_path / "copy")
    for path in (copy.folder / "people").glob("*/*"):
        Image.new("RGB", (64, 64), "#7f7f7f").save(path)
    said = copy.fails(INDEX)
    assert "album root people: found no face of 20 pixels or more in any of its 16 photos" in said
    (copy.folder / "none.onnx").write_bytes(b"no net")
    copy.edit(lambda config: config.update(detector="none.onnx"))
    assert "error: faces: none.onnx: " in copy.fails(INDEX)
